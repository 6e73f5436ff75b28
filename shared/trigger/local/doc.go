// Package local keeps clocks and carries events of triggers in one process, over
// the table: what was put or published survives the process. One process at a
// time works on them.
//
// What is kept, among the system records:
//
//	CLOCK   / <trigger>             a clock, with when it is looked at next (index CLOCKDUE)
//	BUSQ    / <workspace>#<digest>  an event that waits (index BUSDUE)
//	BUSDEAD / <workspace>#<digest>  an event that was given up
//
// and inside the workspace BUS / <digest>, the event itself.
package local
