package execution

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// Program is what a run runs: a compiled definition and what its states stand for.
type Program struct {
	Definition json.RawMessage          `json:"definition"`
	States     map[string]asl.StateInfo `json:"states"`
	// Brief: see asl.Brief.
	Brief bool `json:"brief,omitempty"`
	// hash is that of its content, where it is worked out.
	hash string
}

// StartRequest is what a run is started from.
type StartRequest struct {
	// ID names the run. Defaults to a new one; under a seed (id.WithSeed) the start is
	// the same start as any other under it.
	ID           string
	WorkflowID   string
	WorkflowName string
	Version      int64
	Program      Program
	Input        json.RawMessage
	// Ops are written in the transaction of the start: a workflow that is made with it.
	Ops []table.Op
	// Entry is the audit record of the whole; its Resource defaults to the run.
	Entry audit.Entry
	// Chain is how many runs led to this one, each by the event of its end. A nested
	// run has its parent's.
	Chain int
	// Concurrency bounds the runs of its group; nil for no bound.
	Concurrency *Concurrency
	// ReplayOf is the run that it runs again, where it does.
	ReplayOf string
	// Parent is the step of another run that waits for this one; nil for none.
	Parent *Parent
}

// Start makes the run durable together with its audit record, then hands it to
// the engine, now or when it is its turn. After a crash in between, Resume does the
// rest. CONFLICT with a Skipped: its policy lets it not run now. QUOTA_EXCEEDED: too
// many wait for their turn.
func (s *Service) Start(ctx context.Context, in StartRequest) (Execution, error) {
	if len(in.Input) == 0 {
		in.Input = json.RawMessage("{}")
	}
	var input bytes.Buffer // as it is stored: see storeProgram
	if err := json.Compact(&input, in.Input); err != nil {
		return Execution{}, apierr.Wrap(apierr.ValidationFailed, "The input of a run is a JSON value.", err)
	}
	if in.Input = input.Bytes(); len(in.Input) > maxInput {
		return Execution{}, apierr.Newf(apierr.PayloadTooLarge, "The input of a run may have at most %d bytes.", maxInput)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Execution{}, err
	}
	name, seeded := in.ID, false
	if name == "" {
		name, seeded = id.In(ctx, id.Execution)
	}
	if seeded { // the process that was asked first may have died after it had done so
		if before, err := s.load(ctx, name); apierr.CodeOf(err) != apierr.NotFound {
			return before.Execution, err
		}
	}
	if s.gate != nil {
		if err := s.gate(ctx); err != nil {
			return Execution{}, err
		}
	}
	now := s.now().UTC()
	r := record{Execution: Execution{
		ID: name, WorkflowID: in.WorkflowID, WorkflowName: in.WorkflowName, Version: in.Version,
		Status: Pending, Input: in.Input, ReplayOf: in.ReplayOf, StartedBy: tenant.ActorFrom(ctx).ID, StartedAt: now, CreatedAt: now,
	}, Intent: intentStart, Chain: in.Chain}
	r.Open = openIn(r.ID)
	ops := in.Ops
	if in.Parent != nil {
		nested, err := s.nest(ctx, &r, *in.Parent)
		if err != nil {
			return Execution{}, err
		}
		ops = append(ops, nested)
	}
	program, err := s.storeProgram(ctx, r.ID, in.Program)
	if err != nil {
		return Execution{}, err
	}
	open, err := table.JSONItem(r.openKey(), openRun{Workspace: workspace, Execution: r.ID})
	if err != nil {
		return Execution{}, err
	}
	ops = append(ops, program, table.Global(table.Put(open, table.Absent())))
	if in.Entry.Action == "" {
		in.Entry.Action = "execution.start"
	}
	if in.Entry.Resource == "" {
		in.Entry.Resource = r.ID
	}
	if err := s.enter(ctx, &r, in.Concurrency, ops, in.Entry); err != nil {
		return Execution{}, err
	}
	r.revision = 1 // as it was written
	// The caller's request may end now; the run must not.
	ctx = context.WithoutCancel(ctx)
	err = s.keepPlace(ctx, r)
	if err == nil {
		err = s.carryOut(ctx, r)
	}
	if err != nil {
		s.later(ctx, r.ID, err)
	}
	if in.Parent != nil {
		return r.Execution, s.stillWanted(ctx, in.Parent.Execution)
	}
	return r.Execution, nil
}

// stillWanted stops a nested run whose parent ended while it was being started:
// the parent could not stop what was not there.
func (s *Service) stillWanted(ctx context.Context, parent string) error {
	p, err := s.load(ctx, parent)
	if err != nil || !p.Status.Ended() {
		return err
	}
	return s.stopNested(ctx, p)
}

func putBlob(ctx context.Context, blobs *blob.Store, name string, data []byte) error {
	_, err := blobs.Put(ctx, name, bytes.NewReader(data))
	return err
}

func readBlob(ctx context.Context, blobs *blob.Store, name string) ([]byte, error) {
	return blobs.ReadAll(ctx, name, 16<<20)
}
