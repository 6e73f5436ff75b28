package execution

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

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
}

// StartRequest is what a run is started from.
type StartRequest struct {
	// ID names the run. Defaults to a new one.
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
	// Parent is the step of another run that waits for this one; nil for none.
	Parent *Parent
}

// Start makes the run durable together with its audit record, then hands it to
// the engine. After a crash in between, Resume does the rest.
func (s *Service) Start(ctx context.Context, in StartRequest) (Execution, error) {
	if len(in.Input) == 0 {
		in.Input = json.RawMessage("{}")
	}
	if len(in.Input) > maxInput {
		return Execution{}, apierr.Newf(apierr.PayloadTooLarge, "The input of a run may have at most %d bytes.", maxInput)
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Execution{}, err
	}
	now := s.now().UTC()
	r := record{Execution: Execution{
		ID: cmp.Or(in.ID, id.New(id.Execution)), WorkflowID: in.WorkflowID, WorkflowName: in.WorkflowName, Version: in.Version,
		Status: Pending, Input: in.Input, StartedBy: tenant.ActorFrom(ctx).ID, StartedAt: now, CreatedAt: now,
	}, Intent: intentStart, Chain: in.Chain}
	ops := in.Ops
	if in.Parent != nil {
		nested, err := s.nest(ctx, &r, *in.Parent)
		if err != nil {
			return Execution{}, err
		}
		ops = append(ops, nested)
	}
	save, err := s.save(r)
	if err != nil {
		return Execution{}, err
	}
	program, err := s.storeProgram(ctx, r.ID, in.Program)
	if err != nil {
		return Execution{}, err
	}
	open, err := table.JSONItem(openKey(r.ID), openRun{Workspace: workspace, Execution: r.ID})
	if err != nil {
		return Execution{}, err
	}
	ops = append(ops, save, program, table.Global(table.Put(open, table.Absent())))
	if in.Entry.Action == "" {
		in.Entry.Action = "execution.start"
	}
	if in.Entry.Resource == "" {
		in.Entry.Resource = r.ID
	}
	if err := s.trail.Commit(ctx, ops, in.Entry); err != nil {
		return Execution{}, err
	}
	r.revision = 1 // as it was written
	// The caller's request may end now; the run must not.
	if err := s.carryOut(context.WithoutCancel(ctx), r); err != nil {
		s.later(context.WithoutCancel(ctx), r.ID, err)
	}
	if in.Parent != nil {
		return r.Execution, s.stillWanted(context.WithoutCancel(ctx), in.Parent.Execution)
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

// Resume carries out what a crash left undone, in every workspace. It is called
// once, when the process starts, before the engine's own resume.
func (s *Service) Resume(ctx context.Context) error {
	var faults []error
	for cursor := ""; ; {
		next, err := s.Sweep(ctx, cursor, openPerPage)
		faults = append(faults, err)
		if cursor = next; cursor == "" {
			return errors.Join(faults...)
		}
	}
}

// Sweep is a part of Resume: it takes up at most limit of the runs that have not
// ended, and returns where to go on, "" at the end. What failed for a run is in the
// error, and no reason not to go on. It may run beside other processes: what one of
// them is at, or has just done, is left to it.
func (s *Service) Sweep(ctx context.Context, cursor string, limit int) (next string, err error) {
	page, err := s.store.Query(tenant.WithSystem(ctx), table.Query{PK: openPK, Limit: limit, Cursor: cursor})
	if err != nil {
		return "", err
	}
	var faults []error
	for _, item := range page.Items {
		if ctx.Err() != nil { // the next sweep finds the rest
			return "", errors.Join(append(faults, ctx.Err())...)
		}
		var o openRun
		if err := item.Decode(&o); err != nil {
			faults = append(faults, err)
			continue
		}
		if err := s.resume(tenant.With(ctx, o.Workspace), o.Execution); err != nil && !errors.Is(err, errTaken) {
			faults = append(faults, fmt.Errorf("run %s: %w", o.Execution, err))
		}
	}
	return page.Next, errors.Join(faults...)
}

func putBlob(ctx context.Context, blobs *blob.Store, name string, data []byte) error {
	_, err := blobs.Put(ctx, name, bytes.NewReader(data))
	return err
}

func readBlob(ctx context.Context, blobs *blob.Store, name string) ([]byte, error) {
	return blobs.ReadAll(ctx, name, 16<<20)
}
