package stepfunctions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Ids of what follows an express run's own events, of which there are at most
// maxEventID. They are the same however much of its log has come: a log that comes
// late changes no id that somebody has read.
const (
	// continuedAt is added to the ids of the standard execution that it goes on as.
	continuedAt = 100_000
	// abortedAt is the event by which Stop ends it.
	abortedAt = continuedAt - 1
)

// over is how long after its start an express execution is over for certain.
const over = expressLimit + time.Minute

// Express says whether a run is an express execution, and whether it was stopped.
// One that was is still going on, for AWS has no way to end it: the call function
// asks before each request, and refuses it.
func (e *Engine) Express(ctx context.Context, run string) (express, stopped bool, err error) {
	r, err := e.load(ctx, run)
	if errors.Is(err, execution.ErrNoRun) {
		return false, false, nil
	}
	return r.express(), r.express() && r.Stopped != nil, err
}

// look reads what is known of an express run, and lets one go on as standard whose
// five minutes are up or whose log is lost. An engine that cannot start runs
// leaves that to one that can.
func (e *Engine) look(ctx context.Context, name string, r record) (record, told, error) {
	t, err := e.told(ctx, name)
	if err != nil || !r.express() || r.Stopped != nil || e.opts.RoleARN == "" {
		return r, t, err
	}
	late := !t.ended && r.Execution != "" && e.opts.Now().After(r.At.Add(expressLimit+e.opts.Grace))
	if r.Ended != timedOut && !late {
		return r, t, nil
	}
	if late {
		e.opts.Log.WarnContext(ctx, "the log of an express run is not whole; it goes on as standard", "execution", name, "events", len(t.events))
	}
	r, err = e.goOn(ctx, name, true)
	return r, t, err
}

// own are an express run's own events: those of its log, without an end that was
// none, and how it was stopped. What was shown once stays: an end that is left out
// never was there, for the record decides between Stop and an end before the end is
// stored.
func own(r record, t told) []execution.HistoryEvent {
	events := t.events
	if n := len(events); t.ended && (r.Stopped != nil || r.Unended || events[n-1].Type == timedOut) {
		events = events[:n-1]
	}
	if r.Stopped == nil {
		return events
	}
	details, err := json.Marshal(struct {
		Error string `json:"error,omitempty"`
		Cause string `json:"cause,omitempty"`
	}{r.Stopped.Error, r.Stopped.Cause})
	if err != nil {
		details = json.RawMessage(`{}`) // strings always marshal
	}
	previous := int64(0)
	if n := len(events); n > 0 {
		previous = events[n-1].ID
	}
	return append(events[:len(events):len(events)], execution.HistoryEvent{
		ID: abortedAt, PreviousID: previous, Type: "ExecutionAborted", Timestamp: r.Stopped.At,
		DetailsKey: "executionAbortedEventDetails", Details: details,
	})
}

func (e *Engine) expressHistory(ctx context.Context, name string, r record, after int64, limit int) ([]execution.HistoryEvent, error) {
	var out []execution.HistoryEvent
	if after < continuedAt {
		var (
			t   told
			err error
		)
		if r, t, err = e.look(ctx, name, r); err != nil {
			return nil, err
		}
		for _, event := range own(r, t) {
			if event.ID > after && len(out) < limit {
				out = append(out, event)
			}
		}
	}
	if r.Continued == "" || len(out) == limit {
		return out, nil
	}
	more, err := e.standardHistory(ctx, r.Continued, max(0, after-continuedAt), limit-len(out))
	if errors.Is(err, execution.ErrNoRun) {
		return out, e.missing(ctx, name, r)
	}
	if err != nil {
		return nil, err
	}
	for _, event := range more {
		out = append(out, continued(event))
	}
	return out, nil
}

// missing starts the standard execution of a run that goes on, where AWS does not
// have it: a crash came between record and start, or AWS does not see it yet.
func (e *Engine) missing(ctx context.Context, name string, r record) error {
	if e.opts.RoleARN == "" {
		return nil // another engine's to do
	}
	return e.startContinued(ctx, name, r)
}

// continued is an event of the standard execution as one of the run.
func continued(event execution.HistoryEvent) execution.HistoryEvent {
	event.ID += continuedAt
	if event.PreviousID > 0 { // 0 is the execution itself
		event.PreviousID += continuedAt
	}
	if event.Type == "ExecutionStarted" {
		event.Type, event.DetailsKey, event.Details = "ExecutionRedriven", "executionRedrivenEventDetails", json.RawMessage(`{"redriveCount":1,"restarted":true}`)
	}
	return event
}

func describe(name string, r record, t told) execution.Run {
	run := execution.Run{Name: name, Status: execution.RunRunning, StartedAt: r.At}
	events := own(r, t)
	if len(events) == 0 {
		return run
	}
	run.StartedAt = events[0].Timestamp
	last := events[len(events)-1]
	run.LastEventID = last.ID
	if !ends(last.Type) {
		return run
	}
	var d struct {
		Output string `json:"output"`
		Error  string `json:"error"`
		Cause  string `json:"cause"`
	}
	// What has none of these fields leaves them empty.
	_ = json.Unmarshal(last.Details, &d)
	run.EndedAt, run.Error, run.Cause = last.Timestamp, d.Error, d.Cause
	switch last.Type {
	case "ExecutionSucceeded":
		run.Status = execution.RunSucceeded
		if json.Valid([]byte(d.Output)) {
			run.Output = json.RawMessage(d.Output)
		}
	case "ExecutionAborted":
		run.Status = execution.RunAborted
	default:
		run.Status = execution.RunFailed
	}
	return run
}

// stopExpress writes that a run was stopped, unless it has ended. It returns the
// record: the run may go on as standard since.
func (e *Engine) stopExpress(ctx context.Context, name, errorName, cause string) (record, error) {
	return e.modify(ctx, name, func(r *record) (bool, error) {
		if !r.express() || r.Stopped != nil || r.Ended != "" && r.Ended != timedOut {
			return false, nil
		}
		r.Stopped = &stopped{Error: errorName, Cause: cause, At: e.opts.Now().UTC()}
		return true, nil
	})
}

func (e *Engine) redriveExpress(ctx context.Context, name string, r record) error {
	switch {
	case r.Stopped != nil:
		// Its execution may still be at work: a second one beside it would send again
		// what is in flight.
		if r.Ended == "" && e.opts.Now().Before(r.At.Add(over)) {
			return fmt.Errorf("stepfunctions: redrive %s: its stopped execution is not over yet: %w", name, table.ErrThrottled)
		}
	case r.Ended == "" || r.Ended == "ExecutionSucceeded":
		return execution.ErrNotRedrivable
	}
	_, err := e.goOn(ctx, name, false)
	return err
}

// goOn makes an express run one that goes on as a standard execution, and starts
// that. The record comes first: from then on the run counts as going, so that the
// call function sends for it. Each part may be repeated: the execution has the run's
// name and input, and is started once.
func (e *Engine) goOn(ctx context.Context, name string, automatic bool) (record, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return record{}, err
	}
	r, err := e.load(ctx, name)
	if err != nil {
		return record{}, err
	}
	if r.Continued == "" {
		definition, err := e.definitionOf(ctx, r)
		if err != nil {
			return record{}, err
		}
		machine, err := e.machine(ctx, workspace, types.StateMachineTypeStandard, definition)
		if err != nil {
			return record{}, err
		}
		r, err = e.modify(ctx, name, func(r *record) (bool, error) {
			if r.Continued != "" || automatic && r.Stopped != nil { // it was stopped meanwhile
				return false, nil
			}
			if automatic {
				// What comes of the log from here on finds the record changed: see takeIn.
				if t, err := e.told(ctx, name); err != nil || t.ended && r.Ended != timedOut {
					return false, err
				}
			}
			r.Continued, r.Unended = standardARN(machine, name), automatic
			return true, nil
		})
		if err != nil || r.Continued == "" {
			return r, err
		}
	}
	return r, e.startContinued(ctx, name, r)
}

// startContinued starts the standard execution that the record names.
func (e *Engine) startContinued(ctx context.Context, name string, r record) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	_, err = e.startExecution(ctx, machineOf(r.Continued), name, r.Given, func() error {
		definition, err := e.definitionOf(ctx, r)
		if err != nil {
			return err
		}
		if err := e.forget(ctx, workspace, types.StateMachineTypeStandard, definition); err != nil {
			return err
		}
		_, err = e.machine(ctx, workspace, types.StateMachineTypeStandard, definition)
		return err
	})
	return err
}

// definitionOf is what a run's machine runs.
func (e *Engine) definitionOf(ctx context.Context, r record) ([]byte, error) {
	out, err := e.client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(r.Machine)})
	if err != nil {
		return nil, failed(ctx, "describe "+r.Machine, err)
	}
	return []byte(aws.ToString(out.Definition)), nil
}
