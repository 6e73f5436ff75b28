// Package bucket is a limit.Limiter for many processes: token buckets kept in the
// table by conditional writes. It owns those records and what this process has
// leased from them; it never knows who a caller is, and stores no key as it came.
//
// # What goes where
//
// A bucket in the table costs a write for each lease of tokens. That is worth it
// where the limit protects something dear, such as passwords or a model's time.
// Rates above Options.LocalAbove are there to keep one caller from starving the
// others; counting them in the table would cost more than most of the requests that
// they count (a read unit is a fifth of a write unit), and the write would be the
// slowest part of them. They stay in this process's memory, so with n processes a
// caller may reach n times such a rate.
//
// # When the table does not answer
//
// Neither open nor closed: this process's own bucket decides, at the same rate, for
// Options.Pause. Closed would let one hot key, or a slow table, refuse everybody;
// open would let whoever overloads the table try passwords without end. Like this
// the excess is bounded by the number of processes, and every process still slows a
// caller down. It is logged.
package bucket
