package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ActionAccess is the trail's word for another sharing, or another owner.
const ActionAccess = "workflow.access"

// told is the workflow as whose rights count sees it.
func (s storedWorkflow) told(ctx context.Context, id string, version int64) Workflow {
	r := s.For(access.From(ctx))
	out := s.public(id, version)
	out.Sharing, out.May = s.Shown(r), r.Level
	if !r.May(access.Use) {
		out.May = ""
	}
	return out
}

// born is the sharing of a new workflow.
func (s *Service) born(ctx context.Context, sharing access.Sharing, in Input, doc *Document) (access.Sharing, error) {
	if in.Access != nil {
		out, err := sharing.Apply(ctx, in.Access.Of(), s.members)
		return out, below(err, "/access")
	}
	// What nobody in particular may use is what everyone may.
	withheld, err := s.withheld(ctx, access.Subject{}, doc)
	if err == nil && len(withheld) > 0 {
		sharing.Access = &access.Setting{Everyone: access.None}
	}
	return sharing, err
}

// withheld are the places of a document that use what there is and a subject may not
// use: problems, by path.
func (s *Service) withheld(ctx context.Context, sub access.Subject, doc *Document) ([]apierr.Problem, error) {
	var hidden []string
	for _, id := range slices.Concat(doc.Connections(), doc.Workflows()) {
		sharing, err := access.Load(ctx, s.store, id)
		if err != nil {
			return nil, err
		}
		if !sharing.For(sub).May(access.Use) {
			hidden = append(hidden, id)
		}
	}
	return doc.placesOf(hidden), nil
}

// placesOf are the steps that use one of the connections or workflows.
func (d *Document) placesOf(ids []string) []apierr.Problem {
	var problems []apierr.Problem
	if len(ids) == 0 {
		return nil
	}
	put := func(at, kind, id string) {
		if slices.Contains(ids, id) {
			problems = append(problems, apierr.Problem{Path: at, Code: "access", Message: fmt.Sprintf("There is no %s %s, or it may not be used here.", kind, id)})
		}
	}
	d.Walk(func(at string, st *Step) {
		switch st.Type {
		case TypeAPICall:
			put(at+"/connection", "connection", st.Connection)
			if st.Undo != nil {
				put(at+"/undo/connection", "connection", st.Undo.Connection)
			}
		case TypeWorkflow:
			put(at+"/workflow", "workflow", st.Workflow)
		}
	})
	return problems
}

// mayUse refuses a definition that uses what who saves it may not use, or what its
// owner may not: it runs by the owner's rights. Else whoever edits a workflow could
// reach through it what is not shared with them.
func (s *Service) mayUse(ctx context.Context, sharing access.Sharing, doc *Document) error {
	saver := access.From(ctx)
	problems, err := s.withheld(ctx, saver, doc)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return below(apierr.New(apierr.WorkflowInvalid, "The workflow uses what is not shared with you.").With(problems...), "/definition")
	}
	if sharing.OwnerID == access.Creator(ctx) {
		return nil
	}
	if problems, err = s.ownerLacks(ctx, sharing, doc); err != nil || len(problems) == 0 {
		return err
	}
	return below(apierr.New(apierr.WorkflowInvalid, "The workflow runs with its owner's rights, and uses what is not shared with its owner.").With(problems...), "/definition")
}

func (s *Service) ownerLacks(ctx context.Context, sharing access.Sharing, doc *Document) ([]apierr.Problem, error) {
	// Most connections are open to everyone: then nobody need be looked up.
	problems, err := s.withheld(ctx, access.Subject{}, doc)
	if err != nil || len(problems) == 0 {
		return nil, err
	}
	owner, err := access.Member(ctx, s.members, sharing.OwnerID)
	if err != nil {
		return nil, err
	}
	return s.withheld(ctx, owner, doc)
}

// Entitled refuses a start of a workflow whose owner may not use, now, what it uses.
func (s *Service) Entitled(ctx context.Context, sharing access.Sharing, doc *Document) error {
	problems, err := s.ownerLacks(ctx, sharing, doc)
	if err != nil || len(problems) == 0 {
		return err
	}
	return below(apierr.New(apierr.Forbidden, "The workflow's owner may no longer use what it uses: share it with them, or hand the workflow to who may.").With(problems...), "/definition")
}

// Starts refuses a start by a step of another workflow, whose owner may not use the one
// that it starts.
func (s *Service) Starts(ctx context.Context, by string, started access.Sharing) error {
	if started.Open(access.Use) {
		return nil
	}
	parent, err := access.Load(ctx, s.store, by)
	if err != nil {
		return err
	}
	owner, err := access.Member(ctx, s.members, parent.OwnerID)
	if err != nil {
		return err
	}
	if !started.For(owner).May(access.Use) {
		return errNotFound()
	}
	return nil
}

// SetAccess changes who may do what with a workflow, or whose it is. Errors: NOT_FOUND,
// FORBIDDEN, VERSION_STALE, VALIDATION_FAILED; CONFLICT where the new owner may not use
// what it uses.
func (s *Service) SetAccess(ctx context.Context, wid string, expected int64, change access.Change) (Workflow, error) {
	w, version, err := s.open(ctx, wid, access.Manage)
	if err != nil {
		return Workflow{}, err
	}
	if expected != AnyVersion && expected != version {
		return Workflow{}, errStale()
	}
	next, err := w.Apply(ctx, change, s.members)
	if err != nil {
		return Workflow{}, err
	}
	if next.OwnerID != w.OwnerID {
		v, err := s.frozen(ctx, wid, w, version, w.LatestVersion)
		if err != nil {
			return Workflow{}, err
		}
		problems, err := s.ownerLacks(ctx, next, v.Document)
		if err != nil {
			return Workflow{}, err
		}
		if len(problems) > 0 {
			return Workflow{}, below(apierr.New(apierr.Conflict, "The new owner may not use what the workflow uses: share that with them first.").With(problems...), "/definition")
		}
	}
	if err := s.share(ctx, wid, &w, version, next, "Set who may use "+w.Name, nil); err != nil {
		return Workflow{}, err
	}
	return w.told(ctx, wid, version+1), nil
}

// share writes another sharing, with its record.
func (s *Service) share(ctx context.Context, wid string, w *storedWorkflow, version int64, next access.Sharing, message string, more []table.Op) error {
	before := w.Sharing
	w.Sharing, w.UpdatedAt, w.UpdatedBy = next, s.moment(), tenant.ActorFrom(ctx).ID
	item, err := table.JSONItem(workflowKey(wid), *w)
	if err != nil {
		return err
	}
	err = s.trail.Commit(ctx, append(more, table.Put(item, table.IfVersion(version))), audit.Entry{Action: ActionAccess, Resource: wid, Message: message, Details: next.Details(before)})
	if errors.Is(err, table.ErrCondition) {
		return errStale()
	}
	return err
}

// PassOn hands what a member who left owned to heir, and names them no more. What they
// shared with nobody is INACTIVE then: its triggers wait for the heir's decision, those
// of what others use go on. It may be repeated; each workflow that it changes leaves a
// record.
func (s *Service) PassOn(ctx context.Context, userID, heir string) error {
	for item, err := range s.store.All(ctx, table.Query{PK: workflowPK}) {
		if err != nil {
			return err
		}
		var w storedWorkflow
		if err := item.Decode(&w); err != nil {
			return err
		}
		w.OwnerID = access.Owner(w.OwnerID, w.CreatedBy)
		next, changed := w.Without(userID, heir)
		if !changed {
			continue
		}
		var more []table.Op
		then := func(context.Context) {}
		if w.OwnerID == userID && w.Status == StatusActive && !w.Shared() {
			w.Status = StatusInactive
			if more, then, err = s.statusChanged(ctx, item.SK); err != nil {
				return err
			}
		}
		// Of one that is being changed meanwhile the rest is done when this is repeated.
		if err := s.share(ctx, item.SK, &w, item.Version, next, "Passed "+w.Name+" on, for its member has left", more); err != nil {
			return err
		}
		then(ctx)
	}
	return nil
}
