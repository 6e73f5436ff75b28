package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Checker judges a document against the APIs that it uses, in the workspace of
// the context.
type Checker interface {
	// Check returns what must be mended before the workflow may become ACTIVE.
	Check(ctx context.Context, doc *Document) ([]apierr.Problem, error)
}

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Checker is asked before a workflow becomes ACTIVE. Defaults to nil: the rules
	// of Parse alone decide.
	Checker Checker
	// Room bounds how many workflows a workspace may have. Defaults to nil: there is
	// always room.
	Room *quota.Room
	// Members knows whom a workflow can be shared with, and what its owner may. Defaults to
	// nil: owners count as nobody, who may what everyone may.
	Members access.Members
	// Watcher is told where a status changes. Defaults to nil: nobody is.
	Watcher Watcher
}

// Service keeps workflows and their versions, in the workspace of the context.
// Every change is committed together with its audit record.
type Service struct {
	store   *table.Store
	blobs   *blob.Store
	trail   *audit.Trail
	now     func() time.Time
	checker Checker
	watcher Watcher
	room    *quota.Room
	members access.Members
}

// New makes a Service.
func New(store *table.Store, blobs *blob.Store, trail *audit.Trail, o *Options) *Service {
	s := &Service{store: store, blobs: blobs, trail: trail, now: time.Now}
	if o != nil {
		if o.Now != nil {
			s.now = o.Now
		}
		s.checker, s.watcher, s.room = o.Checker, o.Watcher, o.Room
		s.members = o.Members
	}
	return s
}

// Create stores a workflow as its version 1. Errors: WORKFLOW_INVALID,
// VALIDATION_FAILED, QUOTA_EXCEEDED.
func (s *Service) Create(ctx context.Context, in Input) (Workflow, error) {
	w, err := s.Prepare(ctx, in)
	if err != nil {
		return Workflow{}, err
	}
	defer w.Done()
	err = s.trail.Commit(ctx, w.Ops, audit.Entry{
		Action: "workflow.create", Resource: w.ID,
		Details: map[string]any{"version": w.Version, "name": w.Name, "status": w.Status, "definitionHash": w.Hash},
	})
	if err != nil {
		return Workflow{}, fmt.Errorf("workflow: create: %w", err)
	}
	return w.Workflow, nil
}

// Prepared is a workflow that is about to be made. Done is called when Ops are
// committed, or will not be.
type Prepared struct {
	Workflow
	Ops  []table.Op
	Done func()
}

// Prepare is Create up to the transaction, for a caller that commits the
// operations with changes, and an audit record, of its own. A workflow that uses a
// connection which is not open to everyone is its maker's alone, until they share it.
func (s *Service) Prepare(ctx context.Context, in Input) (_ Prepared, err error) {
	doc, definition, err := canonical(in.Definition)
	if err != nil {
		return Prepared{}, err
	}
	now, actor := s.moment(), tenant.ActorFrom(ctx).ID
	w := storedWorkflow{
		Name: doc.Name, Description: doc.Description, Status: StatusDraft, LatestVersion: 1,
		Hash: hashOf(definition), Steps: count(doc),
		CreatedAt: now, UpdatedAt: now, CreatedBy: actor, UpdatedBy: actor,
		Sharing: access.Sharing{OwnerID: access.Creator(ctx)},
	}
	if err := s.mayUse(ctx, w.Sharing, doc); err != nil {
		return Prepared{}, err
	}
	if w.Sharing, err = s.born(ctx, w.Sharing, in, doc); err != nil {
		return Prepared{}, err
	}
	if err := s.apply(ctx, &w, in, doc); err != nil {
		return Prepared{}, err
	}
	wid := id.New(id.Workflow)
	done, err := s.room.Reserve(ctx, workflowKey(wid))
	if err != nil {
		return Prepared{}, err
	}
	defer func() {
		if err != nil {
			done()
		}
	}()
	version, err := s.versionOp(ctx, wid, storedVersion{VersionInfo: w.info(1), Definition: definition})
	if err != nil {
		return Prepared{}, err
	}
	item, err := table.JSONItem(workflowKey(wid), w)
	if err != nil {
		return Prepared{}, err
	}
	out := w.told(ctx, wid, 1)
	out.Definition = definition
	return Prepared{out, []table.Op{table.Put(item, table.Absent()), version}, done}, nil
}

// Get reads a workflow with its definition. The error is NOT_FOUND.
func (s *Service) Get(ctx context.Context, wid string) (Workflow, error) {
	w, version, err := s.open(ctx, wid, access.Use)
	if err != nil {
		return Workflow{}, err
	}
	v, err := s.versionAt(ctx, wid, w.LatestVersion)
	if err != nil {
		return Workflow{}, err
	}
	out := w.told(ctx, wid, version)
	out.Definition = v.Definition
	return out, nil
}

// maxSifted bounds the workflows read for one page of those that may be seen.
const maxSifted = 2000

// List returns the workflows that may be seen, without their definitions, newest first, and the cursor
// of the next page, "" at the end. A wrong cursor is VALIDATION_FAILED.
func (s *Service) List(ctx context.Context, limit int, cursor string) ([]Workflow, string, error) {
	list := make([]Workflow, 0, limit)
	subject := access.From(ctx)
	next, err := s.page(ctx, table.Query{PK: workflowPK, Limit: limit, Cursor: cursor, Reverse: true}, func(item table.Item) (bool, error) {
		var w storedWorkflow
		if err := item.Decode(&w); err != nil {
			return false, err
		}
		w.OwnerID = access.Owner(w.OwnerID, w.CreatedBy)
		sees := w.For(subject).Sees()
		if sees {
			list = append(list, w.told(ctx, item.SK, item.Version))
		}
		return sees, nil
	})
	return list, next, err
}

func (s *Service) page(ctx context.Context, q table.Query, keep func(table.Item) (bool, error)) (next string, err error) {
	page, err := s.store.Filled(ctx, q, maxSifted, keep)
	if errors.Is(err, table.ErrInvalid) {
		err = apierr.Wrap(apierr.ValidationFailed, "The page asked for does not exist.", err).
			With(apierr.Problem{Path: "query.cursor", Code: "cursor", Message: "Use the cursor of the page before, unchanged."})
	}
	return page.Next, err
}

// apply puts what a person gave over what is there, and judges it.
func (s *Service) apply(ctx context.Context, w *storedWorkflow, in Input, doc *Document) error {
	var problems []apierr.Problem
	text := func(field string, v *string, least, most int, to *string) {
		switch {
		case v == nil:
		case len(*v) < least:
			problems = append(problems, apierr.Problem{Path: "/" + field, Code: "required", Message: "The field must not be empty."})
		case utf8.RuneCountInString(*v) > most:
			problems = append(problems, apierr.Problem{Path: "/" + field, Code: "too_long", Message: fmt.Sprintf("At most %d characters.", most)})
		default:
			*to = *v
		}
	}
	text("name", in.Name, 1, 200, &w.Name)
	text("description", in.Description, 0, 4000, &w.Description)
	active := w.Status
	if in.Status != nil {
		if !in.Status.Valid() {
			problems = append(problems, apierr.Problem{Path: "/status", Code: "enum", Message: "One of DRAFT, ACTIVE, INACTIVE."})
		}
		active = *in.Status
	}
	if len(problems) > 0 {
		return apierr.New(apierr.ValidationFailed, "The workflow is not valid.").With(problems...)
	}
	w.Status = active
	if active != StatusActive || s.checker == nil {
		return nil
	}
	faults, err := s.checker.Check(ctx, doc)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return below(apierr.New(apierr.WorkflowInvalid, "The workflow cannot be active: it does not fit the APIs it uses.").With(faults...), "/definition")
	}
	return nil
}

// info is what a version keeps of the workflow.
func (w storedWorkflow) info(n int64) VersionInfo {
	return VersionInfo{
		Version: n, Name: w.Name, Description: w.Description, Hash: w.Hash, Steps: w.Steps,
		CreatedAt: w.UpdatedAt, CreatedBy: w.UpdatedBy,
	}
}

func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

func count(d *Document) int {
	n := 0
	d.Walk(func(string, *Step) { n++ })
	return n
}
