// Package migrate brings stored items to the newest schema, once, before the code
// that needs it serves. What was done lies among the system records, with a lease
// that keeps two processes from doing it at once.
//
//	version n ── lease ──→ step n+1 … cursor … ──→ version n+1 ── … ──→ newest
//	                          └─ killed ──→ taken up at the cursor when the lease is over
//
// A step may be run again from any place it saved, and whole: it must find what it
// has done and leave it. Traffic goes on meanwhile, served by the code before: so a
// step adds, and what it makes superfluous goes in a later release.
package migrate
