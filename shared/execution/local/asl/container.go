package asl

import (
	"context"
	"math"

	"github.com/apiq/apiq/shared/expr"
)

// fork starts the branches of a Parallel.
func (r *Run) fork(ctx context.Context, t *thread) error {
	in, err := (&view{r: r, t: t}).eval(ctx, t.state.arguments, t.input)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	raw, err := expr.Encode(in, MaxPayload)
	if err != nil {
		return r.tooLarge(t, t.state.name)
	}
	r.emit(t, "ParallelStateStarted", "", nil, func(e *Entry) { e.decoded, e.Data = in, raw })
	return nil
}

// mapItems works out what a Map iterates over, and its bounds.
func (r *Run) mapItems(ctx context.Context, t *thread) error {
	s, v := t.state, &view{r: r, t: t}
	x, err := v.eval(ctx, s.items, t.input)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	items, ok := x.([]any)
	if !ok {
		if s.items != nil {
			return r.caught(ctx, t, wrongType(s.items, "array", x))
		}
		raw, _ := expr.Encode(x, 0)
		return r.caught(ctx, t, &queryError{"", "Map state input must be an array but was: " + string(raw)})
	}
	limit, err := v.number(ctx, s.concurrency)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	if limit == 0 || limit > MaxInlineConcurrency {
		limit = MaxInlineConcurrency
	}
	tolerated, err := v.number(ctx, s.tolerated)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	share, err := v.number(ctx, s.toleratedShare)
	if err != nil {
		return r.caught(ctx, t, err)
	}
	if n := math.Floor(share / 100 * float64(len(items))); n > tolerated {
		tolerated = n
	}
	raw, err := expr.Encode(items, MaxPayload)
	if err != nil {
		return r.tooLarge(t, s.name)
	}
	r.emit(t, "MapStateStarted", "mapStateStartedEventDetails", expr.Object("length", float64(len(items))), func(e *Entry) {
		e.decoded, e.Data = items, raw
		e.Concurrency, e.Tolerated = int(limit), int(tolerated)
	})
	return nil
}

// tend does one thing about a container's children.
func (r *Run) tend(ctx context.Context, t *thread) error {
	if t.state.kind == "Parallel" {
		return r.tendBranches(t)
	}
	if r.prefer == "MapIterationStarted" && t.canBegin() {
		return r.begin(ctx, t)
	}
	for _, k := range t.kids {
		if !k.over() || k.accounted {
			continue
		}
		kind := "MapIterationSucceeded"
		if k.phase == phaseFailed {
			kind = "MapIterationFailed"
		}
		r.iteration(t, k.index, kind, func(e *Entry) { e.Previous = k.prev })
		if t.failures > t.tolerated {
			r.mapFailed(t, k)
		}
		return nil
	}
	if t.canBegin() {
		return r.begin(ctx, t)
	}
	results := make([]any, len(t.kids))
	for i, k := range t.kids {
		results[i] = k.data
	}
	if _, err := expr.Encode(results, MaxPayload); err != nil {
		return r.tooLarge(t, t.state.name)
	}
	r.emit(t, "MapStateSucceeded", "", nil, nil)
	return nil
}

func (r *Run) mapFailed(t *thread, k *thread) {
	f := k.failure
	if t.state.tolerated != nil || t.state.toleratedShare != nil {
		f = &Failure{errTolerated, "The specified tolerated failure threshold was exceeded"}
	}
	r.abortKids(t)
	r.emit(t, "MapStateFailed", "", nil, func(e *Entry) { e.Failure = f })
}

func (r *Run) iteration(t *thread, index int, kind string, more func(*Entry)) {
	key := "m" + kind[1:] + "EventDetails"
	r.emit(t, kind, key, expr.Object("index", float64(index), "name", t.state.name), more)
}

// begin starts the next iteration.
func (r *Run) begin(ctx context.Context, t *thread) error {
	index := len(t.kids)
	v := &view{r: r, t: t, item: itemObject(index, t.items[index])}
	in, err := v.eval(ctx, t.state.selector, t.items[index])
	if err != nil {
		return r.caught(ctx, t, err)
	}
	raw, err := expr.Encode(in, MaxPayload)
	if err != nil {
		return r.tooLarge(t, t.state.name)
	}
	r.iteration(t, index, "MapIterationStarted", func(e *Entry) {
		e.decoded, e.Data, e.Previous = in, raw, t.slot
	})
	return nil
}

func (r *Run) tendBranches(t *thread) error {
	var last int64
	for _, k := range t.kids {
		if k.phase == phaseFailed {
			f, prev := k.failure, k.prev
			r.abortKids(t)
			r.emit(t, "ParallelStateFailed", "", nil, func(e *Entry) { e.Failure, e.Previous = f, prev })
			return nil
		}
		last = max(last, k.prev)
	}
	results := make([]any, len(t.kids))
	for i, k := range t.kids {
		results[i] = k.data
	}
	if _, err := expr.Encode(results, MaxPayload); err != nil {
		return r.tooLarge(t, t.state.name)
	}
	r.emit(t, "ParallelStateSucceeded", "", nil, func(e *Entry) { e.Previous = last })
	return nil
}

// abortKids ends what is still going on inside a container.
func (r *Run) abortKids(t *thread) {
	for _, k := range t.kids {
		if k.over() {
			continue
		}
		r.abortKids(k)
		switch {
		case k.state == nil || k.phase == phaseReady:
			r.note(k, NoteAborted, nil)
		case k.state.kind == "Task", k.state.kind == "Wait", k.state.kind == "Map", k.state.kind == "Parallel":
			r.emit(k, k.state.kind+"StateAborted", "", nil, nil)
		default:
			r.note(k, NoteAborted, nil)
		}
		if t.state.kind == "Map" {
			r.iteration(t, k.index, "MapIterationAborted", func(e *Entry) { e.Previous = k.prev })
		}
	}
}
