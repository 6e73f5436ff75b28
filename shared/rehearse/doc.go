// Package rehearse owns the dry run of a workflow: the whole plan in this process,
// on twins of its APIs, once as it is and once for each fault that a call may meet.
// It tells what each step would send where, what it would change, what a run would
// cost, and how each fault ends.
//
// A Comparer plays a run that has been, by another version: the answers are then those
// that its calls got, as the journal has them, and twins answer only what it has not.
//
// It never dials, opens no credential, and writes nothing but an audit record. The
// states run in the interpreter of the one-machine home, calls are made by package
// call; only the clock, which is moved by hand, and the answers are made up.
package rehearse
