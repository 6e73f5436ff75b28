package local

import "sync"

// pool runs jobs on at most so many goroutines: those of one workspace in order of
// arrival, workspaces by turns, so that one that starts a thousand runs at once makes
// nobody else wait behind them. Jobs that only move runs on have places of their own, so that slow functions cannot keep
// other runs from moving; and of the functions' places, jobs that use one thing take
// a part only, so that what is slow leaves room for the rest.
type pool struct {
	mu     sync.Mutex
	lanes  [2]lane
	closed bool
	all    sync.WaitGroup
}

type lane struct {
	// waiting are the workspaces with jobs that wait, in the order of their turns.
	waiting []string
	queues  map[string][]job
	running int
	max     int
	// busy counts, by what they use, the jobs that run or are queued: at most share.
	// Those beyond are held until one of them has ended.
	busy  map[string]int
	held  map[string][]job
	share int
}

// job is what is to be done for a workspace; uses names what no lane may be filled with, if anything.
type job struct {
	workspace string
	do        func()
	uses      string
}

// movers is how many runs move at once; each spends most of that waiting for the
// disk, together with the others.
const movers = 64

func newPool(functions int) *pool {
	p := &pool{}
	p.lanes[0] = lane{max: movers, queues: map[string][]job{}}
	p.lanes[1] = lane{max: functions, queues: map[string][]job{}, share: max(functions/4, 1), busy: map[string]int{}, held: map[string][]job{}}
	return p
}

// move queues a job that moves a run on; call one that calls a function, which uses
// the named thing, or nothing. They say whether the job will run.
func (p *pool) move(workspace string, do func()) bool {
	return p.submit(&p.lanes[0], job{workspace: workspace, do: do})
}

func (p *pool) call(workspace, uses string, do func()) bool {
	return p.submit(&p.lanes[1], job{workspace, do, uses})
}

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
		l.push(j)
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
		if more = len(l.waiting) > 0; more {
			j = l.pop()
		} else {
			l.running--
		}
		p.mu.Unlock()
	}
}

// push lets a job wait behind those of its workspace.
func (l *lane) push(j job) {
	mine := l.queues[j.workspace]
	if len(mine) == 0 {
		l.waiting = append(l.waiting, j.workspace)
	}
	l.queues[j.workspace] = append(mine, j)
}

// pop takes the first job of the workspace whose turn it is, which is behind all others
// then. There must be one.
func (l *lane) pop() job {
	turn := l.waiting[0]
	l.waiting = l.waiting[1:]
	mine := l.queues[turn]
	j := mine[0]
	mine[0] = job{}
	if mine = mine[1:]; len(mine) == 0 {
		delete(l.queues, turn)
	} else {
		l.queues[turn] = mine
		l.waiting = append(l.waiting, turn)
	}
	return j
}

// ended queues the next job that was held for what the ended one used.
func (l *lane) ended(uses string) {
	held := l.held[uses]
	switch {
	case uses == "":
	case len(held) > 0: // in the place of the one that ended
		l.push(held[0])
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
