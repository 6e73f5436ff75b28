package main

import (
	"cmp"
	"slices"
	"time"
)

// What becomes of a run: it is COMPLETED, FAILED with an error's name, or WAITING
// for a person since the outcome of a step is unknown.
const (
	completed = "COMPLETED"
	timedOut  = "Http.Timeout"
	network   = "Http.Network"
	tooLarge  = "Output.TooLarge"
	unknown   = "Outcome.Unknown"
)

// row is a fault, and what runs must come to that call through it once.
type row struct {
	name string
	ends ends
	// The fault: a server, or a way to a good one.
	rogue  behaviour
	tls    bool // it is called by https
	toxics []toxic
	way    way

	// bound is the default that ends the call, where it is not the step's time-out.
	bound time.Duration
	// retried lets steps have the policy of their class, in place of none.
	retried bool
	// pad makes requests as long as answers are.
	pad bool
	// heavy faults are about memory: many runs at once.
	heavy bool
	// problems: the answer counts, and what is wrong with it must be noted.
	problems bool
	// hops is how many requests one attempt may lead to; 0 is 1.
	hops int
}

// ends are what becomes of runs, by class; any of the names will do. Without safe
// it is that of repeatable ones.
type ends struct{ safe, repeatable, unsafe []string }

func (e ends) of(class string) []string {
	switch {
	case class == unsafe:
		return e.unsafe
	case class == safe && e.safe != nil:
		return e.safe
	}
	return e.repeatable
}

// All runs come to the same, or unsafe ones to something else.
func all(names ...string) ends { return ends{repeatable: names, unsafe: names} }

func apart(repeatable, unsafe string) ends {
	return ends{repeatable: []string{repeatable}, unsafe: []string{unsafe}}
}

// seconds is the step's time-out: short where it is what must end the call, and
// long where something else must; 0 leaves it to the defaults.
func (r row) seconds() int {
	switch {
	case r.bound != 0:
		return 0
	case slices.Contains(r.ends.repeatable, timedOut) || slices.Contains(r.ends.unsafe, timedOut):
		return 1
	}
	if r.heavy {
		return 240 // what all of them send together has to be worked on, too
	}
	return 20
}

// longest is how long a call may take.
func (r row) longest() time.Duration { return cmp.Or(r.bound, time.Duration(r.seconds())*time.Second) }
