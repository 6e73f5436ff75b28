package local

import (
	"slices"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
)

const (
	// tailRuns is of how many runs the last events are kept, tailEvents and tailBytes how
	// much of each.
	tailRuns   = 512
	tailEvents = 128
	tailBytes  = 16 << 10
)

// tails keep what was journalled last of the runs that moved last, so that who
// follows a run need not read back what has just been written, or that there is
// nothing new.
type tails struct {
	mu   sync.Mutex
	runs *lru.Cache[runKey, *tail]
}

// tail is the end of a history: its events from the one with the id first on. It is
// hidden while what others may see of the run in the table is ahead of it.
type tail struct {
	first  int64
	events []execution.HistoryEvent
	hidden bool
}

func newTails() (*tails, error) {
	runs, err := lru.New[runKey, *tail](tailRuns)
	return &tails{runs: runs}, err
}

// add takes what is durable now.
func (t *tails) add(key runKey, entries []*asl.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.runs.Get(key)
	if !ok {
		at = &tail{}
	}
	for _, en := range entries {
		if en.Hidden() {
			continue
		}
		if en.ID != at.first+int64(len(at.events)) {
			at.first, at.events = en.ID, nil
		}
		at.events = append(at.events, eventOf(en))
	}
	at.hidden = at.first == 0
	at.cut()
	t.runs.Add(key, at)
}

// hide keeps a run's tail from being told until add.
func (t *tails) hide(key runKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.runs.Get(key); ok {
		at.hidden = true
	}
}

// forget is for a run of which it is not known what was written.
func (t *tails) forget(key runKey) { t.runs.Remove(key) }

// cut forgets the oldest events that are too many.
func (t *tail) cut() {
	size, keep := 0, 0
	for ; keep < min(len(t.events), tailEvents); keep++ {
		if size += len(t.events[len(t.events)-1-keep].Details); size > tailBytes {
			break
		}
	}
	t.drop(len(t.events) - keep)
}

func (t *tail) drop(n int) {
	if n > 0 { // a part of the slice would hold all of it
		t.events, t.first = slices.Clone(t.events[n:]), t.first+int64(n)
	}
}

// after gives the events after one, at most limit, and whether they are known. What
// comes before them has been read, and is forgotten.
func (t *tails) after(key runKey, after int64, limit int) ([]execution.HistoryEvent, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.runs.Get(key)
	if !ok || at.hidden || after+1 < at.first || after+1 > at.first+int64(len(at.events)) {
		return nil, false
	}
	at.drop(int(after + 1 - at.first))
	return slices.Clone(at.events[:min(limit, len(at.events))]), true
}

func eventOf(en *asl.Entry) execution.HistoryEvent {
	return execution.HistoryEvent{ID: en.ID, PreviousID: en.Previous, Type: en.Type, Timestamp: en.At, DetailsKey: en.Key, Details: en.Details}
}
