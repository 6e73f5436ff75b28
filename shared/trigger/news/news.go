// Package news tells what happens to runs and connections as events that
// triggers can listen to. It keeps nothing.
package news

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/trigger"
)

// Desk turns facts into events.
type Desk struct{ triggers *trigger.Service }

// New makes a Desk. It is given to executions and to connections as their Announcer.
func New(triggers *trigger.Service) Desk { return Desk{triggers: triggers} }

// maxOutput is the largest output that goes with an event; a larger one is read
// from the run.
const maxOutput = 64 << 10

// ended is the data of execution.failed and execution.completed.
type ended struct {
	ExecutionID  string             `json:"executionId"`
	WorkflowID   string             `json:"workflowId"`
	WorkflowName string             `json:"workflowName"`
	Version      int64              `json:"version"`
	Status       execution.Status   `json:"status"`
	Error        *execution.Failure `json:"error,omitempty"`
	Output       json.RawMessage    `json:"output,omitempty"`
	StartedBy    string             `json:"startedBy"`
	StartedAt    time.Time          `json:"startedAt"`
	CompletedAt  time.Time          `json:"completedAt"`
}

// Ended implements execution.Announcer. The event's id is the run's with its
// status and the time of its end: a run that is continued and ends again has
// news again.
func (d Desk) Ended(ctx context.Context, run execution.Execution, chain int) ([]table.Op, func(context.Context), error) {
	name := trigger.ExecutionCompleted
	switch run.Status {
	case execution.Completed:
	case execution.Failed:
		name = trigger.ExecutionFailed
	default:
		return nil, nil, nil
	}
	out := ended{ExecutionID: run.ID, WorkflowID: run.WorkflowID, WorkflowName: run.WorkflowName, Version: run.Version, Status: run.Status,
		Error: run.Error, Output: run.Output, StartedBy: run.StartedBy, StartedAt: run.StartedAt, CompletedAt: run.CompletedAt}
	if len(out.Output) > maxOutput {
		out.Output = nil
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, nil, err
	}
	return d.triggers.Announce(ctx, trigger.Event{
		ID: run.ID + "." + string(run.Status) + "." + run.CompletedAt.UTC().Format(time.RFC3339Nano), Name: name, At: run.CompletedAt, Depth: chain + 1, About: run.WorkflowID, Data: data})
}

// changed is the data of spec.changed.
type changed struct {
	ConnectionID string `json:"connectionId"`
	Name         string `json:"name"`
	SpecHash     string `json:"specHash"`
	SpecVersion  string `json:"specVersion"`
	// Breaking holds the first changes that calls can fail on, BreakingCount counts all.
	Breaking      []connection.Change      `json:"breaking"`
	BreakingCount int                      `json:"breakingCount"`
	Added         int                      `json:"added"`
	Affected      []connection.WorkflowRef `json:"affectedWorkflows"`
	// Broken are the first workflows with steps that do not fit the new document,
	// with the patch that mends each where one is certain; BrokenCount counts all.
	Broken      []connection.BrokenWorkflow `json:"brokenWorkflows"`
	BrokenCount int                         `json:"brokenCount"`
}

const maxListed = 50

// maxBroken is how many bytes of broken workflows go with an event, which must
// stay small for whoever carries it (EventBridge takes 256 KB); the rest is read
// from the answer of the refresh, or by checking the workflow.
const maxBroken = 64 << 10

// told are as many workflows as fit. A patch that is too large is left out; it is
// in the answer of the refresh.
func told(list []connection.BrokenWorkflow) []connection.BrokenWorkflow {
	out, left := []connection.BrokenWorkflow{}, maxBroken
	for _, w := range list {
		if !w.Open {
			continue
		}
		size, err := json.Marshal(w)
		if err == nil && len(size) > left {
			w.Patch, w.Why, w.Mended = nil, nil, false
			w.Steps = w.Steps[:min(len(w.Steps), 5)]
			size, err = json.Marshal(w)
		}
		if err != nil || len(size) > left {
			return out
		}
		left -= len(size)
		out = append(out, w)
	}
	return out
}

// SpecChanged implements connection.Announcer.
func (d Desk) SpecChanged(ctx context.Context, c connection.Connection, found connection.Refreshed) ([]table.Op, func(context.Context), error) {
	// Whoever may use the connection may hear this: of workflows that are not everyone's
	// they hear the number only.
	affected := slices.DeleteFunc(slices.Clone(found.AffectedWorkflows), func(w connection.WorkflowRef) bool { return !w.Open })
	affected = affected[:min(len(affected), maxListed)]
	data, err := json.Marshal(changed{ConnectionID: c.ID, Name: c.Name, SpecHash: c.SpecHash, SpecVersion: c.SpecVersion,
		Breaking: found.Breaking[:min(len(found.Breaking), maxListed)], BreakingCount: found.BreakingCount, Added: found.Added,
		Affected: affected,
		Broken:   told(found.BrokenWorkflows), BrokenCount: len(found.BrokenWorkflows)})
	if err != nil {
		return nil, nil, err
	}
	// The time belongs to the id: a document may change back.
	return d.triggers.Announce(ctx, trigger.Event{ID: c.ID + "." + c.SpecHash + "." + c.UpdatedAt.UTC().Format(time.RFC3339Nano), Name: trigger.SpecChanged, At: c.UpdatedAt, About: c.ID, Data: data})
}
