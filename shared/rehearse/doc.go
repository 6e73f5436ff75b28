// Package rehearse owns the dry run of a workflow: the whole plan in this process,
// on twins of its APIs, once as it is and once for each fault that a call may meet.
// It tells what each step would send where, what it would change, what a run would
// cost, and how each fault ends.
//
// It never dials, opens no credential, and writes nothing but an audit record. The
// states run in the interpreter of the one-machine home, calls are made by package
// call; only the clock, which is moved by hand, and the answers are made up.
package rehearse
