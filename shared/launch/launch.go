// Package launch turns a version of a workflow into a run: it proves the
// document once more against the specs as they are, compiles it, and starts it.
// It stores nothing of its own.
package launch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
	"github.com/apiq/apiq/shared/workflow/check"
)

// Launcher starts runs.
type Launcher struct {
	workflows *workflow.Service
	apis      check.Resolver
	runs      *execution.Service
	proven    *lru.Cache[versionKey, *proof]
}

// New makes a Launcher.
func New(workflows *workflow.Service, apis check.Resolver, runs *execution.Service) *Launcher {
	proven, _ := lru.New[versionKey, *proof](maxProven) // fails for size ≤ 0 only
	return &Launcher{workflows: workflows, apis: apis, runs: runs, proven: proven}
}

// Run starts a stored workflow; version 0 is its newest. Errors: NOT_FOUND,
// VALIDATION_FAILED for the input, WORKFLOW_INVALID where it no longer fits its APIs.
func (l *Launcher) Run(ctx context.Context, workflowID string, version int64, input json.RawMessage) (execution.Execution, error) {
	w, err := l.load(ctx, workflowID, version)
	if err != nil {
		return execution.Execution{}, err
	}
	return l.start(ctx, w, execution.StartRequest{Input: input, Entry: audit.Entry{Action: "execution.start", Message: "ran " + w.name}})
}

// Replay runs once more what a run ran, as a run of its own: version 0 is the run's, an
// input that is not given too. Errors as of Run; NOT_FOUND also where the workflow was
// removed.
func (l *Launcher) Replay(ctx context.Context, run string, version int64, input json.RawMessage) (execution.Execution, error) {
	of, err := l.runs.Find(ctx, run)
	if err != nil {
		return execution.Execution{}, err
	}
	w, err := l.load(ctx, of.WorkflowID, cmp.Or(version, of.Version))
	if err != nil {
		return execution.Execution{}, err
	}
	if len(input) == 0 {
		input = of.Input
	}
	return l.start(ctx, w, execution.StartRequest{Input: input, ReplayOf: run,
		Entry: audit.Entry{Action: "execution.replay", Message: "ran " + w.name + " again", Details: map[string]any{"replayOf": run}}})
}

// ReplayAll replays runs, each with its own version and input. Asked again under the same
// seed (id.WithSeed), it finds what it has started.
func (l *Launcher) ReplayAll(ctx context.Context, which execution.Which) (execution.Many, error) {
	return l.runs.ToMany(ctx, which, "execution.replay.all", func(ctx context.Context, run string) error {
		_, err := l.Replay(id.Branch(ctx, run), run, 0, nil)
		return err
	})
}

// Confirmed saves a confirmed plan as a workflow and starts it, in one transaction.
func (l *Launcher) Confirmed(ctx context.Context, p plan.Confirmed) (execution.Execution, error) {
	definition, err := workflow.Encode(p.Workflow)
	if err != nil {
		return execution.Execution{}, err
	}
	active := workflow.StatusActive
	w, err := l.workflows.Prepare(ctx, workflow.Input{Status: &active, Definition: definition})
	if err != nil {
		return execution.Execution{}, err
	}
	defer w.Done()
	return l.start(ctx, source{id: w.ID, name: w.Name, version: w.Version, document: p.Workflow, sharing: w.Sharing}, execution.StartRequest{Input: p.Input, Ops: w.Ops, Entry: audit.Entry{
		Action: "plan.execute", Message: "confirmed and ran " + w.Name, Details: map[string]any{"planId": p.PlanID, "workflowId": w.ID}}})
}

// source is a version of a workflow that is to run.
type source struct {
	id, name string
	version  int64
	document *workflow.Document
	// sharing is the workflow's as it is now: it runs by its owner's rights.
	sharing access.Sharing
}

func (l *Launcher) load(ctx context.Context, id string, version int64) (source, error) {
	v, err := l.workflows.Version(ctx, id, version)
	return source{id: id, name: v.Name, version: v.Version, document: v.Document, sharing: v.Sharing}, err
}

func (l *Launcher) start(ctx context.Context, w source, req execution.StartRequest) (_ execution.Execution, err error) {
	if len(req.Input) == 0 || string(req.Input) == "null" {
		req.Input = json.RawMessage("{}")
	}
	if err := w.document.CheckInput(req.Input); err != nil {
		return execution.Execution{}, err
	}
	if req.Program, err = l.entitled(ctx, w); err != nil {
		return execution.Execution{}, err
	}
	if c := w.document.Concurrency; c.Bound() > 0 {
		key, err := c.Group(ctx, req.Input)
		if err != nil {
			return execution.Execution{}, err
		}
		req.Concurrency = &execution.Concurrency{Limit: c.Bound(), Policy: c.Policy, Key: key}
	}
	req.WorkflowID, req.WorkflowName, req.Version = w.id, w.name, w.version
	return l.runs.Start(ctx, req)
}

// Compile proves a document against the specs as they are and compiles it. The caller
// finds what the document refers to; see check.Run.
func Compile(ctx context.Context, doc *workflow.Document, workflowID string, version int64, r check.Resolver, o *check.Options) (execution.Program, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return execution.Program{}, err
	}
	return compile(ctx, doc, asl.Binding{Workspace: workspace, WorkflowID: workflowID, Version: version}, r, o)
}

// Handed is the definition of a document for the functions and the workspace that
// are given, by placeholder where they are not: see asl.Binding.
func (l *Launcher) Handed(ctx context.Context, doc *workflow.Document, b asl.Binding) (json.RawMessage, error) {
	b.Handed = true
	program, err := compile(ctx, doc, b, l.apis, &check.Options{Workflows: l.document})
	return program.Definition, err
}

func compile(ctx context.Context, doc *workflow.Document, b asl.Binding, r check.Resolver, o *check.Options) (execution.Program, error) {
	report := check.Run(ctx, doc, r, o)
	if err := report.Err(); err != nil {
		return execution.Program{}, err
	}
	effects := report.Effects()
	b.SpecHashes, b.Effects = report.SpecHashes, effects
	definition, states, err := asl.Compile(doc, b)
	brief, _ := asl.Brief(doc, effects)
	return execution.Program{Definition: definition, States: states, Brief: brief}, err
}

func (l *Launcher) document(ctx context.Context, id string, version int64) (*workflow.Document, error) {
	w, err := l.load(ctx, id, version)
	return w.document, err
}

// nested is the payload of the workflow function.
type nested struct {
	Workspace string          `json:"workspace"`
	Execution string          `json:"execution"`
	Path      string          `json:"path"`
	Workflow  string          `json:"workflow"`
	Version   int64           `json:"version"`
	Input     json.RawMessage `json:"input"`
}

// Nested is the handler of the workflow function: it starts the run that a step
// waits for. A run that cannot start fails the step.
func (l *Launcher) Nested(ctx context.Context, task execution.Task) (json.RawMessage, error) {
	var in nested
	if err := json.Unmarshal(task.Payload, &in); err != nil {
		return nil, &execution.TaskError{Name: "States.Runtime", Cause: "the payload of the workflow function cannot be read"}
	}
	w, err := l.load(ctx, in.Workflow, in.Version)
	if err == nil {
		err = l.startedBy(ctx, in.Execution, w)
	}
	if err != nil {
		return nil, refused(err)
	}
	_, err = l.start(ctx, w, execution.StartRequest{Input: in.Input,
		Parent: &execution.Parent{Execution: in.Execution, Path: in.Path, Token: task.Token},
		Entry:  audit.Entry{Action: "execution.start", Message: "ran " + w.name + " for a step of another run", Details: map[string]any{"parent": in.Execution, "path": in.Path}}})
	if errors.Is(err, execution.ErrNestedBefore) || errors.Is(err, table.ErrCondition) {
		return nil, nil // an engine may ask again after a crash
	}
	return nil, refused(err)
}

// startedBy refuses what the owner of a run's workflow may not start by a step of it.
func (l *Launcher) startedBy(ctx context.Context, parent string, w source) error {
	if w.sharing.Open(access.Use) {
		return nil
	}
	run, err := l.runs.Find(ctx, parent)
	if err != nil {
		return err
	}
	return l.workflows.Starts(ctx, run.WorkflowID, w.sharing)
}

// refused gives the errors that are the workflow's own fault a name that onError
// can match; others stay as they are, and the engine tries again.
func refused(err error) error {
	var own *execution.TaskError
	if err == nil || errors.As(err, &own) {
		return err
	}
	if e := apierr.From(err); e.Code != apierr.Internal {
		return &execution.TaskError{Name: "Workflow.Refused", Cause: string(e.Code) + ": " + e.Detail}
	}
	return err
}
