package asl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// dropKids forgets the children of a container that is over.
func (r *Run) dropKids(t *thread) {
	for _, k := range t.kids {
		r.dropKids(k)
		r.forget(k)
		delete(r.threads, k.id)
	}
	t.kids, t.items, t.share = nil, nil, nil
	t.failures, t.finished = 0, 0
}

func (r *Run) newKid(t *thread, index int, f *flow, data any, prev int64) *thread {
	id := strconv.Itoa(index)
	if t.id != "" {
		id = t.id + "." + id
	}
	k := &thread{id: id, parent: t, index: index, flow: f, next: f.startAt, data: data, prev: prev}
	t.kids = append(t.kids, k)
	r.threads[id] = k
	return k
}

func (r *Run) applyIteration(t *thread, e *Entry) error {
	var d struct {
		Index int `json:"index"`
	}
	if err := json.Unmarshal(e.Details, &d); err != nil {
		return err
	}
	if e.Type == "MapIterationStarted" {
		v := e.decoded
		if v == nil {
			var err error
			if v, err = expr.Decode(e.Data); err != nil {
				return err
			}
		}
		if t.state == nil || d.Index != len(t.kids) || d.Index >= len(t.items) {
			return fmt.Errorf("iteration %d is not the next", d.Index)
		}
		k := r.newKid(t, d.Index, t.state.branches[0], v, e.ID)
		k.item = t.items[d.Index]
		return nil
	}
	if d.Index < 0 || d.Index >= len(t.kids) {
		return fmt.Errorf("no iteration %d", d.Index)
	}
	k := t.kids[d.Index]
	k.accounted = true
	t.finished++
	t.slot, t.prev = k.prev, e.ID
	switch e.Type {
	case "MapIterationFailed":
		t.failures++
	case "MapIterationAborted":
		k.phase = phaseAborted
	}
	return nil
}

func (r *Run) applyContainer(t *thread, e *Entry) error {
	if t.state == nil {
		return fmt.Errorf("not in a state")
	}
	switch {
	case strings.HasSuffix(e.Type, "Started"):
		v := e.decoded
		if v == nil {
			var err error
			if v, err = expr.Decode(e.Data); err != nil {
				return err
			}
		}
		r.dropKids(t)
		t.phase, t.base, t.slot = phaseChildren, e.ID, e.ID
		t.concurrency, t.tolerated = e.Concurrency, e.Tolerated
		if t.state.kind == "Map" {
			t.items, _ = v.([]any)
			return nil
		}
		t.share = v
		for i, b := range t.state.branches {
			r.newKid(t, i, b, v, e.ID)
		}
	case strings.HasSuffix(e.Type, "Succeeded"):
		results := make([]any, len(t.kids))
		for i, k := range t.kids {
			results[i] = k.data
			if k.phase != phaseDone {
				results[i] = expr.Null
			}
		}
		t.phase, t.result, t.base = phaseSettled, results, t.prev
		if t.state.kind == "Parallel" {
			t.prev = e.Previous // of the branch that ended last
		}
	case strings.HasSuffix(e.Type, "Failed"):
		t.errored(e)
		t.noted = true
	case strings.HasSuffix(e.Type, "Aborted"):
		t.phase = phaseAborted
	default:
		return fmt.Errorf("unknown event")
	}
	return nil
}
