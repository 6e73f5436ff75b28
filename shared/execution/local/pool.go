package local

import "sync"

// pool runs jobs on at most so many goroutines, in order of arrival. Jobs that
// only move runs on have places of their own, so that slow functions cannot keep
// other runs from moving; and of the functions' places, jobs that use one thing take
// a part only, so that what is slow leaves room for the rest.
type pool struct {
	mu     sync.Mutex
	lanes  [2]lane
	closed bool
	all    sync.WaitGroup
}

type lane struct {
	queue   []job
	running int
	max     int
	// busy counts, by what they use, the jobs that run or are queued: at most share.
	// Those beyond are held until one of them has ended.
	busy  map[string]int
	held  map[string][]job
	share int
}

// job is what is to be done; uses names what no lane may be filled with, if anything.
type job struct {
	do   func()
	uses string
}

// movers is how many runs move at once; each spends most of that waiting for the
// disk, together with the others.
const movers = 64

func newPool(functions int) *pool {
	p := &pool{}
	p.lanes[0] = lane{max: movers}
	p.lanes[1] = lane{max: functions, share: max(functions/4, 1), busy: map[string]int{}, held: map[string][]job{}}
	return p
}

// move queues a job that moves a run on; call one that calls a function, which uses
// the named thing, or nothing. They say whether the job will run.
func (p *pool) move(do func()) bool              { return p.submit(&p.lanes[0], job{do: do}) }
func (p *pool) call(uses string, do func()) bool { return p.submit(&p.lanes[1], job{do, uses}) }

func (p *pool) submit(l *lane, j job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if j.uses != "" {
		if l.busy[j.uses] == l.share {
			l.held[j.uses] = append(l.held[j.uses], j)
			return true
		}
		l.busy[j.uses]++
	}
	if l.running == l.max {
		l.queue = append(l.queue, j)
		return true
	}
	l.running++
	p.all.Add(1)
	go p.work(l, j)
	return true
}

func (p *pool) work(l *lane, j job) {
	defer p.all.Done()
	for more := true; more; {
		j.do()
		p.mu.Lock()
		l.ended(j.uses)
		if more = len(l.queue) > 0; more {
			j, l.queue[0] = l.queue[0], job{}
			l.queue = l.queue[1:]
		} else {
			l.running--
		}
		p.mu.Unlock()
	}
}

// ended queues the next job that was held for what the ended one used.
func (l *lane) ended(uses string) {
	held := l.held[uses]
	switch {
	case uses == "":
	case len(held) > 0: // in the place of the one that ended
		l.queue = append(l.queue, held[0])
		held[0] = job{}
		if l.held[uses] = held[1:]; len(held) == 1 {
			delete(l.held, uses)
		}
	default:
		if l.busy[uses]--; l.busy[uses] == 0 {
			delete(l.busy, uses)
		}
	}
}

// close takes no more jobs and waits for those it has.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.all.Wait()
}
