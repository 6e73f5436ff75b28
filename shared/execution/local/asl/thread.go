package asl

import "time"

// phase is where a thread is; see the package comment.
type phase int

const (
	phaseReady    phase = iota // next is to be entered with data
	phaseEntered               // its state's work is to begin
	phaseRunning               // a task is out
	phaseWaiting               // until due
	phaseRetrying              // until due, then as entered
	phaseChildren              // branches or iterations are under way
	phaseSettled               // result is there; output is to be made
	phaseErrored               // failure is there; to be retried, caught or passed on
	phaseDone                  // data is the flow's result
	phaseFailed                // failure is the flow's
	phaseAborted               // ended because another failed
)

// thread is one line of control: the execution, a branch or an iteration.
type thread struct {
	id     string
	parent *thread
	index  int
	flow   *flow

	phase   phase
	next    string
	data    any // the next state's input, or the flow's result
	vars    map[string]held
	failure *Failure

	prev int64 // the thread's latest event
	base int64 // the one before the transition at hand, where evaluations are said to fail

	state     *state
	entered   int64
	enteredAt time.Time
	input     any
	result    any
	due       time.Time
	retries   []int
	attempts  int
	noted     bool // the container's Failed event is out

	task *task
	kids []*thread
	// of a container:
	items       []any
	share       any // what branches start with
	concurrency int
	tolerated   int
	failures    int
	finished    int
	accounted   bool  // the parent has taken note of this thread's end
	slot        int64 // the latest event of the child that ended last
	// item is an iteration's own: $states.context.Map.Item.
	item any
}

// task is a task that is out.
type task struct {
	scheduled int64
	token     string
	arguments any
	started   bool
	submitted bool
	due       time.Time // the task's own time-out
	heartbeat float64
	beat      time.Time // when it must be heard of next
}

// runnable finds a thread that can move: ends of children first, so that places
// of a Map are filled again as they become free, then in order of creation.
func (t *thread) runnable(now time.Time) *thread {
	if t.phase == phaseChildren {
		for _, k := range t.kids {
			if k.accounted {
				continue
			}
			if found := k.runnable(now); found != nil {
				return found
			}
			if k.over() && t.canMove(now) {
				return t
			}
		}
	}
	if t.canMove(now) {
		return t
	}
	return nil
}

func (t *thread) over() bool {
	return t.phase == phaseDone || t.phase == phaseFailed || t.phase == phaseAborted
}

func (t *thread) canMove(now time.Time) bool {
	switch t.phase {
	case phaseReady, phaseEntered, phaseSettled, phaseErrored:
		return true
	case phaseWaiting, phaseRetrying:
		return !now.Before(t.due)
	case phaseRunning:
		return t.task.late(now)
	case phaseChildren:
		return t.canSettle()
	case phaseDone, phaseFailed:
		return t.parent == nil
	case phaseAborted:
	}
	return false
}

func (k *task) late(now time.Time) bool {
	return !k.due.IsZero() && !now.Before(k.due) || !k.beat.IsZero() && !now.Before(k.beat)
}

// canSettle says whether a container has something to do about its children.
func (t *thread) canSettle() bool {
	done := 0
	for _, k := range t.kids {
		switch {
		case k.phase == phaseDone && t.state.kind == "Parallel":
			done++
		case k.over() && !k.accounted:
			return true
		}
	}
	if t.state.kind == "Parallel" {
		return done == len(t.kids)
	}
	return t.finished == len(t.items) || t.canBegin()
}

func (t *thread) canBegin() bool {
	return t.state.kind == "Map" && len(t.kids) < len(t.items) && len(t.kids)-t.finished < t.concurrency
}
