// Package local is the engine of the one-machine home: it runs state machines by
// interpreting the same definitions that Step Functions takes, journalled in the
// table so that a killed process goes on where it was. It implements
// execution.Engine; the machine itself is package asl.
//
// The journal is the truth: a run in memory is only the fold of its entries, and
// is dropped whenever nothing of it is under way in this process. A run that waits
// for a person or a timer costs one small record, no memory and no goroutine.
//
//	Start ──► journal ──► drive: Advance, journal, call functions ──► outcome ──► journal ─┐
//	             ▲                                                                         │
//	             └── timer, token, Stop, Redrive, resume at start ◄────────────────────────┘
//
// A function is called only after the entry that says so is durable, and nothing
// follows from its result before that is. After a crash a call whose result was
// not journalled is made again, with the same payload.
package local
