// Package execution owns runs: starting them under a name, their log, their
// steps, and what people decide about them. It never interprets a state machine
// (an Engine does) and never sends a request (package call does).
//
// What is kept, inside the workspace:
//
//	EXE      / <id>            the run
//	EXE#<id> / DEF             which program it runs
//	EXEPROG  / <hash>          a program: the compiled definition (a blob when large)
//	EXE#<id> / LOG             how far the log has come
//	EXE#<id> / EV#<seq>        the log: what was written at once, under its last number
//	EXE#<id> / WAIT#<path>     a decision that a step waits for; in the index EXEASK until it is made
//	EXE#<id> / CALL#<path>     the journal of calls (package call)
//	EXE#<id> / UNDO            that the run is being undone (package call)
//	EXEGONE  / <id>            a run that was removed, while something of it may be left
//	EXEGROUP#<group> / 0       the runs that share a limit: who holds a slot
//	EXEGROUP#<group> / Q#<n>   who waits for one, in order
//
// and among the system records EXEOPEN#<0–f> / <id> for each run that has not ended,
// so that a start of the process finds what it must go on with, and a sweep from time
// to time what another process has left; and EXESWEEP / cursor, where that sweep goes on.
package execution
