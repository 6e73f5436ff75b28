package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// keptFor is how long AWS keeps the history of a standard execution, and we that
	// of an express one.
	keptFor = 90 * 24 * time.Hour
	// maxBatch is how many bytes of events go into one item: as base64 of what gzip
	// cannot make smaller, they stay below the table's 400 KB.
	maxBatch = 280 << 10
	// maxField is the longest field that an event of more than maxBatch keeps.
	maxField = 16 << 10
)

// batch is an item of a run's told events.
type batch struct {
	At     time.Time `json:"at"`     // when it was taken in
	Packed string    `json:"packed"` // []execution.HistoryEvent
}

func eventsPK(run string) string { return runsPK + "#" + run }

const eventSK = "EV#"

// TakeIn stores events of express executions, whosever they are: the workspaces
// come from the ARNs. It may be given the same events again, in any order and any
// grouping. It returns the runs that have ended, whose logs are to be brought up to
// date: those under way are followed by whoever looks at them. What it could not
// store is in the error, and is to be delivered again.
//
// Events of executions that no record knows are dropped: a second execution that a
// crash started, or a stranger's.
func (e *Engine) TakeIn(ctx context.Context, events []LogEvent) (runs []Ref, err error) {
	byExecution := map[string][]LogEvent{}
	var order []string
	for _, event := range events {
		if _, seen := byExecution[event.Execution]; !seen {
			order = append(order, event.Execution)
		}
		byExecution[event.Execution] = append(byExecution[event.Execution], event)
	}
	var faults []error
	for _, arn := range order {
		workspace, run, ok := e.Ref(arn)
		if !ok || !isExpress(arn) {
			e.opts.Log.WarnContext(ctx, "log events of an execution that is not ours", "execution", arn)
			continue
		}
		ended, err := e.takeIn(tenant.With(ctx, workspace), run, arn, byExecution[arn])
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("run %s: %w", run, err))
		case ended:
			runs = append(runs, Ref{workspace, run})
		}
	}
	return runs, errors.Join(faults...)
}

// takeIn stores one execution's events. The record is written first where one of
// them ends the execution: whether a run has ended or was stopped is decided there.
func (e *Engine) takeIn(ctx context.Context, run, arn string, events []LogEvent) (ended bool, err error) {
	end := ""
	for _, event := range events {
		if ends(event.Type) {
			end = event.Type
		}
	}
	r, err := e.modify(ctx, run, func(r *record) (bool, error) {
		if r.Type != types.StateMachineTypeExpress || r.Execution != "" && r.Execution != arn {
			return false, execution.ErrNoRun
		}
		// What comes after the end may make the history whole: written down, so that no
		// other process takes it for lost at the same moment.
		changed := r.Ended != "" && r.express()
		if r.Execution == "" { // the start has not written it yet, or a crash kept it from that
			r.Execution, r.At, changed = arn, e.opts.Now().UTC(), true
		}
		if end != "" && r.Ended == "" {
			r.Ended, changed = end, true
		}
		return changed, nil
	})
	if errors.Is(err, execution.ErrNoRun) {
		e.opts.Log.WarnContext(ctx, "log events of an execution that no run has", "execution", arn)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := e.keep(ctx, run, events); err != nil {
		return false, err
	}
	if r.Ended == timedOut && r.Stopped == nil && r.express() {
		_, err = e.goOn(ctx, run, true)
	}
	return r.Ended != "" || r.Stopped != nil, err
}

// keep writes events in batches. A batch's key is its first event and its content:
// the same one again changes nothing, another one adds.
func (e *Engine) keep(ctx context.Context, run string, events []LogEvent) error {
	slices.SortStableFunc(events, func(a, b LogEvent) int { return int(a.ID - b.ID) })
	var (
		docs  []json.RawMessage
		first int64
		size  int
	)
	write := func() error {
		if len(docs) == 0 {
			return nil
		}
		doc, err := json.Marshal(docs)
		if err != nil {
			return err
		}
		packed, err := pack(doc)
		if err != nil {
			return err
		}
		key := table.Key{PK: eventsPK(run), SK: fmt.Sprintf("%s%06d#%s", eventSK, first, hashOf(doc)[:16])}
		now := e.opts.Now().UTC()
		item, err := table.JSONItem(key, batch{At: now, Packed: packed})
		if err != nil {
			return err
		}
		item.ExpiresAt = now.Add(keptFor)
		docs, size = nil, 0
		if _, err = e.store.Put(ctx, item, table.Absent()); errors.Is(err, table.ErrCondition) {
			return nil // it was delivered before
		}
		return err
	}
	for _, event := range events {
		doc, err := json.Marshal(event.event())
		if err != nil {
			return err
		}
		if len(doc) > maxBatch {
			event.Details = shorten(event.Details)
			if doc, err = json.Marshal(event.event()); err != nil {
				return err
			}
		}
		if len(docs) > 0 && size+len(doc)+1 > maxBatch {
			if err := write(); err != nil {
				return err
			}
		}
		if len(docs) == 0 {
			first = event.ID
		}
		docs, size = append(docs, doc), size+len(doc)+1
	}
	return write()
}

// shorten leaves out the long fields of an event's details, as Step Functions does
// with what is too long for a log.
func shorten(details json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(details, &fields) != nil {
		return nil
	}
	for name, v := range fields {
		if len(v) > maxField {
			delete(fields, name)
			fields[name+"Details"] = json.RawMessage(`{"truncated":true}`)
		}
	}
	out, err := json.Marshal(fields)
	if err != nil || len(out) > maxBatch {
		return nil
	}
	return out
}

// told is what the log has told of an express run: its history without gaps, up to
// its end if it has come.
type told struct {
	events []execution.HistoryEvent
	ended  bool
}

// told reads it.
func (e *Engine) told(ctx context.Context, run string) (told, error) {
	var batches []batch
	for item, err := range e.store.All(ctx, table.Query{PK: eventsPK(run), Prefix: eventSK}) {
		if err != nil {
			return told{}, fmt.Errorf("stepfunctions: log of %s: %w", run, err)
		}
		var b batch
		if err := item.Decode(&b); err != nil {
			return told{}, fmt.Errorf("stepfunctions: log of %s: %w", run, err)
		}
		batches = append(batches, b)
	}
	// AWS may run an express execution twice, and tell of both. Of each event the one
	// counts that came first, so that what somebody has read stays.
	slices.SortStableFunc(batches, func(a, b batch) int { return a.At.Compare(b.At) })
	byID := map[int64]execution.HistoryEvent{}
	for _, b := range batches {
		doc, err := unpack(b.Packed, 2*maxBatch)
		if err != nil {
			return told{}, fmt.Errorf("stepfunctions: log of %s: %w", run, err)
		}
		var events []execution.HistoryEvent
		if err := json.Unmarshal(doc, &events); err != nil {
			return told{}, fmt.Errorf("stepfunctions: log of %s: %w", run, err)
		}
		for _, event := range events {
			if _, have := byID[event.ID]; !have {
				byID[event.ID] = event
			}
		}
	}
	var out told
	for id := int64(1); !out.ended; id++ {
		event, ok := byID[id]
		if !ok {
			break
		}
		out.events = append(out.events, event)
		out.ended = ends(event.Type)
	}
	return out, nil
}

const timedOut = "ExecutionTimedOut"

// ends says whether an event is an execution's last.
func ends(kind string) bool {
	switch strings.TrimPrefix(kind, "Execution") {
	case "Succeeded", "Failed", "Aborted", "TimedOut":
		return strings.HasPrefix(kind, "Execution")
	}
	return false
}
