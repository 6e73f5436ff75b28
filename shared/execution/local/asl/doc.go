// Package asl owns the Amazon States Language in JSONata mode: it reads
// definitions and steps runs through them, as a pure machine over journal
// entries. It starts no task, keeps no clock and stores nothing: whoever drives a
// Run performs its tasks, tells it the time and keeps its entries.
//
// A run is the fold of its entries. Each entry is one event of the history, or a
// hidden note (a retry was decided, a branch was given up) where AWS records none:
//
//	Parse ─► Machine ─► NewRun ─► Start ─► Advance ─► Take ─► (store) ─► perform
//	                      ▲                   ▲                             │
//	                   Restore(entries)       └── TaskSucceeded, TaskFailed ─┘
//
// Every value that an expression gave is in an entry before anything follows from
// it, so that Restore evaluates nothing and a result is never computed twice.
//
// A thread (the execution itself, a branch, an iteration) is in one phase:
//
//	ready ─► entered ─► running | waiting | children ─► settled ─► ready | done
//	            ▲           │                             │
//	            └─ retrying ◄── errored ◄─────────────────┘
//	                            errored ─► ready (caught) | failed
package asl
