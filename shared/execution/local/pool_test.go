package local

import (
	"sync"
	"testing"
)

// TestShare holds one slow thing's jobs until they fill their part, and sees others run.
func TestShare(t *testing.T) {
	t.Parallel()
	const functions, slow = 8, 20
	p := newPool(functions)
	started, release := make(chan struct{}, slow), make(chan struct{})
	var done sync.WaitGroup
	done.Add(slow)
	for range slow {
		p.call("w", "slow", func() {
			defer done.Done()
			started <- struct{}{}
			<-release
		})
	}
	for range functions / 4 {
		<-started
	}
	others := make(chan struct{})
	for range slow {
		p.call("w", "", func() { others <- struct{}{} })
		<-others // each has a place at once, though so many wait for the slow thing
		p.call("w", "quick", func() { others <- struct{}{} })
		<-others
	}
	p.mu.Lock()
	running, queued, held := p.lanes[1].busy["slow"], len(p.lanes[1].queues["w"]), len(p.lanes[1].held["slow"])
	p.mu.Unlock()
	if running != functions/4 || queued != 0 || held != slow-functions/4 || len(started) != 0 {
		t.Errorf("%d run, %d are queued, %d held", running, queued, held)
	}
	close(release)
	done.Wait() // those held had their turn
	p.close()
	if l := &p.lanes[1]; len(l.busy) != 0 || len(l.held) != 0 || l.running != 0 {
		t.Errorf("left behind: %+v", l)
	}
	if p.call("w", "slow", func() {}) || p.move("w", func() {}) {
		t.Error("a closed pool takes jobs")
	}
}

// TestPoolTurns: a workspace that brings a thousand jobs at once makes another's wait
// for one of them, not for all.
func TestPoolTurns(t *testing.T) {
	t.Parallel()
	p := newPool(1)
	var order []string // written by one job at a time
	begin, busy := make(chan struct{}), make(chan struct{})
	p.call("flood", "", func() { close(busy); <-begin })
	<-busy
	for range 1000 {
		p.call("flood", "", func() { order = append(order, "flood") })
	}
	for range 3 {
		p.call("other", "", func() { order = append(order, "other") })
	}
	close(begin)
	p.close()
	if len(order) != 1003 {
		t.Fatalf("%d jobs ran", len(order))
	}
	for i, want := range []string{"flood", "other", "flood", "other", "flood", "other", "flood", "flood"} {
		if order[i] != want {
			t.Fatalf("job %d was the %s's: %v", i, order[i], order[:10])
		}
	}
}
