// Package corrupt measures the checker: it makes plans of goals' known answers,
// breaks them one thing at a time, and counts what the checks find and what becomes
// of it. It knows no checker; see Judge.
package corrupt
