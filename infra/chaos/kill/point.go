package main

import "sync"

// point is where a process is killed.
type point int

const (
	atRandom   point = iota // some time after it was ready
	atBoot                  // while it starts
	atRequest               // the peer has a request, and has not answered
	atHalf                  // half of an answer is sent
	atAnswer                // an answer was just sent
	atStart                 // a run is just being started
	atDecision              // a person is just deciding
	points     = int(iota)
)

func (p point) String() string {
	return [points]string{"at a random moment", "while it starts", "with a request at the peer", "with half of an answer sent",
		"just after an answer", "while a run is being started", "while a person decides"}[p]
}

// trap is set for the nth time that something happens.
type trap struct {
	at     point
	left   int
	effect bool // whether a request that is caught still has its effect
	sprung chan struct{}
}

// traps hold the one that is set.
type traps struct {
	mu  sync.Mutex
	now *trap
}

// set replaces the trap; nil is none.
func (t *traps) set(next *trap) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = next
}

// step tells that something happens at one of the points, and gives the trap where it
// has stepped into it.
func (t *traps) step(at ...point) *trap {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range at {
		if t.now == nil || t.now.at != p {
			continue
		}
		if t.now.left--; t.now.left > 0 {
			return nil
		}
		caught := t.now
		t.now = nil
		return caught
	}
	return nil
}
