package eval

import (
	"slices"
	"sync"
	"time"
)

// answered is an answer with what it took.
type answered struct {
	Answer
	took             time.Duration
	apis, operations int
}

// keeper keeps answers as they come, and hands them on in the order of the goals.
type keeper struct {
	each     func(Answer) error
	progress func(done, all int)

	mu      sync.Mutex
	answers []*answered // nil until there
	done    int
	next    int // the first that was not handed on
}

func (k *keeper) keep(i int, a *answered) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answers[i] = a
	k.done++
	if k.progress != nil {
		k.progress(k.done, len(k.answers))
	}
	for ; k.next < len(k.answers) && k.answers[k.next] != nil; k.next++ {
		if err := k.hand(k.next); err != nil {
			return err
		}
	}
	return nil
}

// rest hands on what waits behind a goal that was not answered.
func (k *keeper) rest() error {
	for ; k.next < len(k.answers); k.next++ {
		if k.answers[k.next] == nil {
			continue
		}
		if err := k.hand(k.next); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) hand(i int) error {
	if k.each == nil {
		return nil
	}
	err := k.each(k.answers[i].Answer)
	if err != nil {
		k.each = nil // it would fail again
	}
	return err
}

// result is of the goals that were answered.
func (k *keeper) result(goals []Goal) *Result {
	r := &Result{}
	for i, a := range k.answers {
		if a == nil {
			continue
		}
		r.Goals, r.Answers, r.Took = append(r.Goals, goals[i]), append(r.Answers, a.Answer), append(r.Took, a.took)
		r.Connected += float64(a.apis) / float64(k.done)
		r.Operations += float64(a.operations) / float64(k.done)
	}
	slices.Sort(r.Took)
	return r
}
