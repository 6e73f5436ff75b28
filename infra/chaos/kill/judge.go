package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
)

// record is a run as it is at the end.
type record struct {
	kind kind
	tag  string
	execution.Detail
	log []execution.Event
	// retried: it failed, and a person let it go on.
	retried bool
}

// heard are the requests that a peer got under each name, by their numbers.
type heard map[string][]int

// verdict is what a judgement adds up to.
type verdict struct {
	faults []string
	runs   map[execution.Status]int
	steps  int
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// judge holds the runs of a home to what they promise, by what the peer has heard.
func judge(records []record, requests []request) verdict {
	v := verdict{runs: map[execution.Status]int{}}
	names := heard{}
	for i, q := range requests {
		names[q.name] = append(names[q.name], i)
	}
	known := map[string]bool{}
	for _, r := range records {
		v.runs[r.Status]++
		v.steps += len(r.Steps)
		v.state(r)
		v.history(r)
		for _, c := range r.kind.calls {
			known[r.tag+"."+c.name] = true
			v.call(r, c, names, requests)
		}
	}
	for name := range names {
		if !known[name] {
			v.fault("%s: no run was to ask for it", name)
		}
	}
	v.turns(records, names)
	return v
}

// state: the run ended as it must, its output is right, and no step of it is open.
func (v *verdict) state(r record) {
	failure := ""
	if r.Error != nil {
		failure = r.Error.Name
	}
	cancelled := r.kind.cancel && r.Status == execution.Cancelled
	if !cancelled && (r.Status != r.kind.end() || failure != r.kind.failure) {
		v.fault("%s %s: %s %q, must be %s %q", r.tag, r.ID, r.Status, failure, r.kind.end(), r.kind.failure)
		return
	}
	if !r.kind.cancel && len(r.Steps) != r.kind.shown {
		v.fault("%s %s: shows %d steps, must show %d", r.tag, r.ID, len(r.Steps), r.kind.shown)
	}
	for _, st := range r.Steps {
		if st.EndedAt.IsZero() {
			v.fault("%s %s: has ended, and step %s is %s", r.tag, r.ID, st.Path, st.Status)
		}
	}
	if r.kind.names == nil {
		return
	}
	want := make([]string, len(r.kind.names))
	for i, name := range r.kind.names {
		want[i] = r.tag + "." + name
	}
	var got []string
	if err := json.Unmarshal(r.Output, &got); err != nil || !slices.Equal(got, want) {
		v.fault("%s %s: output %s, must be %q", r.tag, r.ID, r.Output, want)
	}
}

// history: the log has no gap and no repeat, and nothing follows an end but what a
// person continued, and the answers of requests that were under way as the run failed.
func (v *verdict) history(r record) {
	over, end := map[string]bool{}, "" // "" is the run
	for i, e := range r.log {
		switch {
		case e.Seq != int64(i)+1:
			v.fault("%s %s: entry %d of the log has the number %d", r.tag, r.ID, i+1, e.Seq)
			return
		case over[""] && e.Type == execution.EventAttempt && end != string(execution.Completed):
		case over[""] && !(r.retried && e.Type == execution.EventRun && e.Status == string(execution.Running)):
			v.fault("%s %s: entry %d of the log, %s %s, is after the run's end", r.tag, r.ID, e.Seq, e.Type, e.Status)
			return
		case e.Type == execution.EventRun:
			over[""], end = execution.Status(e.Status).Ended(), e.Status
		case over[e.Path]:
			v.fault("%s %s: entry %d of the log, %s %s, is after the end of step %s", r.tag, r.ID, e.Seq, e.Type, e.Status, e.Path)
			return
		case e.Type == execution.EventStep:
			over[e.Path] = e.Status == string(execution.StepCompleted) || e.Status == string(execution.StepContinued)
		}
	}
	if !over[""] && r.Status.Ended() {
		v.fault("%s %s: its log does not tell its end", r.tag, r.ID)
	}
}

// call: a request had its effect once, after what comes before it and before what
// follows it; and the journal knows of it.
func (v *verdict) call(r record, c call, names heard, requests []request) {
	name := r.tag + "." + c.name
	at := names[name]
	effects, keys := 0, map[string]bool{}
	for _, i := range at {
		q := requests[i]
		if q.took {
			effects++
		}
		if keys[q.key] = true; q.class != c.class {
			v.fault("%s: asked for as %s, must be %s", name, q.class, c.class)
		}
	}
	refused := strings.HasSuffix(name, refusedName)
	switch {
	case len(at) == 0 && r.Status == execution.Cancelled: // it did not come to it
		return
	case len(at) == 0:
		v.fault("%s: lost", name)
		return
	case len(keys) != 1:
		v.fault("%s: %d keys", name, len(keys))
	case refused || c.class == effect.Safe:
	case r.Status == execution.Cancelled && effects < 2: // and it may have been cut
	case c.class == effect.Idempotent && effects == 0, c.class != effect.Idempotent && effects != 1:
		v.fault("%s: %s, and had its effect %d times", name, c.class, effects)
	}
	for _, before := range c.after {
		if earlier := names[r.tag+"."+before]; len(earlier) == 0 || earlier[len(earlier)-1] > at[0] {
			v.fault("%s: was asked for before the last request of %s", name, before)
		}
	}
	for _, st := range r.Steps {
		if st.Path == c.path && st.Attempt < len(at) {
			v.fault("%s: %d requests, and the journal knows of %d", name, len(at), st.Attempt)
		}
	}
}

// turns: runs of the workflow with a queue follow each other, in the order in which
// they were started.
func (v *verdict) turns(records []record, names heard) {
	var queue []record
	for _, r := range records {
		if r.kind.name == queued {
			queue = append(queue, r)
		}
	}
	slices.SortFunc(queue, func(a, b record) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	last, who := -1, ""
	for _, r := range queue {
		for _, c := range r.kind.calls {
			at := names[r.tag+"."+c.name]
			if len(at) == 0 {
				continue
			}
			if at[0] < last {
				v.fault("%s: began before the run before it, %s, had ended", r.tag, who)
			}
		}
		for _, c := range r.kind.calls {
			for _, i := range names[r.tag+"."+c.name] {
				last = max(last, i)
			}
		}
		who = r.tag
	}
}

// records looks at each run that a person has started, and at each that these have.
func (p *person) records(ctx context.Context) ([]record, error) {
	var all []record
	seen := map[string]string{}
	add := func(k kind, tag, id string, retried bool) (record, error) {
		r := record{kind: k, tag: tag, retried: retried}
		if before, twice := seen[id]; twice {
			p.faults = append(p.faults, fmt.Sprintf("%s and %s are the same run %s", before, tag, id))
		}
		seen[id] = tag
		if _, err := p.must(ctx, "GET", "/api/executions/"+id, nil, &r.Detail); err != nil {
			return r, err
		}
		var err error
		r.log, err = p.log(ctx, id)
		all = append(all, r)
		return r, err
	}
	for _, one := range p.runs {
		if one.id == "" {
			p.faults = append(p.faults, one.tag+": was never started")
			continue
		}
		r, err := add(one.kind, one.tag, one.id, one.retried)
		if err != nil {
			return nil, err
		}
		for _, st := range r.Steps {
			if st.ExecutionID == "" {
				continue
			}
			if _, err := add(p.kinds[one.kind.nested], one.tag+".in", st.ExecutionID, false); err != nil {
				return nil, err
			}
		}
	}
	return all, p.strangers(ctx, seen)
}

// log reads a run's log to its end.
func (p *person) log(ctx context.Context, id string) (all []execution.Event, err error) {
	for after := int64(0); ; {
		var part struct {
			Items []execution.Event
			Next  int64
		}
		if _, err := p.must(ctx, "GET", fmt.Sprintf("/api/executions/%s/events?after=%d&limit=100", id, after), nil, &part); err != nil {
			return nil, err
		}
		if len(part.Items) == 0 {
			return all, nil
		}
		all, after = append(all, part.Items...), part.Next
	}
}

// strangers finds runs that nobody has started.
func (p *person) strangers(ctx context.Context, known map[string]string) error {
	listed := 0
	for cursor := ""; ; {
		var page []execution.Execution
		next, err := p.must(ctx, "GET", "/api/executions?limit=100&cursor="+url.QueryEscape(cursor), nil, &page)
		if err != nil {
			return err
		}
		for _, e := range page {
			if listed++; known[e.ID] == "" {
				p.faults = append(p.faults, fmt.Sprintf("run %s of %s is nobody's: %s", e.ID, e.WorkflowName, e.Input))
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if listed < len(known) {
		p.faults = append(p.faults, fmt.Sprintf("%d runs are listed, and %d were started", listed, len(known)))
	}
	return nil
}

// judged looks at everything and judges it.
func (p *person) judged(ctx context.Context) (verdict, error) {
	all, err := p.records(ctx)
	if err != nil {
		return verdict{}, err
	}
	v := judge(all, p.h.peer.heard)
	var chain struct{ OK bool }
	if _, err := p.must(ctx, "GET", "/api/logs/verify", nil, &chain); err != nil {
		return v, err
	}
	if !chain.OK {
		v.fault("the audit trail does not verify")
	}
	v.faults = append(append(p.faults, p.h.peer.faults...), v.faults...)
	return v, nil
}
