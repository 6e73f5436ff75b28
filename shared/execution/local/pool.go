package local

import "sync"

// pool runs jobs on at most so many goroutines, in order of arrival. Jobs that
// only move runs on have places of their own, so that slow functions cannot keep
// other runs from moving.
type pool struct {
	mu     sync.Mutex
	lanes  [2]lane
	closed bool
	all    sync.WaitGroup
}

type lane struct {
	queue   []func()
	running int
	max     int
}

// movers is how many runs move at once; each spends most of that waiting for the
// disk, together with the others.
const movers = 64

func newPool(functions int) *pool {
	p := &pool{}
	p.lanes[0].max, p.lanes[1].max = movers, functions
	return p
}

// submit queues a job; function says that it calls one. It says whether the job
// will run.
func (p *pool) submit(function bool, job func()) bool {
	l := &p.lanes[0]
	if function {
		l = &p.lanes[1]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if l.running == l.max {
		l.queue = append(l.queue, job)
		return true
	}
	l.running++
	p.all.Add(1)
	go p.work(l, job)
	return true
}

func (p *pool) work(l *lane, job func()) {
	defer p.all.Done()
	for job != nil {
		job()
		p.mu.Lock()
		job = nil
		if len(l.queue) > 0 {
			job, l.queue[0] = l.queue[0], nil
			l.queue = l.queue[1:]
		} else {
			l.running--
		}
		p.mu.Unlock()
	}
}

// close takes no more jobs and waits for those it has.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.all.Wait()
}
