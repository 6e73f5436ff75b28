package workflow

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// AnyVersion, as the version that a change expects, lets the change go over any.
const AnyVersion int64 = 0

func errStale() error {
	return apierr.New(apierr.VersionStale, "The workflow has been changed since you read it. Load it again.")
}

// Update changes a workflow of the expected version. A change of name,
// description or definition makes a new immutable version; one of the status
// alone does not; one that changes nothing writes nothing. Errors: NOT_FOUND,
// VERSION_STALE, WORKFLOW_INVALID, VALIDATION_FAILED.
func (s *Service) Update(ctx context.Context, wid string, expected int64, in Input) (Workflow, error) {
	return s.change(ctx, wid, expected, "workflow.update", func(now storedWorkflow) (Input, int64, error) {
		return in, 0, nil
	})
}

// Rollback makes the definition, name and description of an earlier version
// current again, as a new version. Errors: NOT_FOUND, VERSION_STALE.
func (s *Service) Rollback(ctx context.Context, wid string, expected, to int64) (Workflow, error) {
	return s.change(ctx, wid, expected, "workflow.rollback", func(storedWorkflow) (Input, int64, error) {
		v, err := s.Version(ctx, wid, to)
		if err != nil {
			return Input{}, 0, err
		}
		return Input{Name: &v.Name, Description: &v.Description, Definition: v.Definition}, v.Version, nil
	})
}

// change applies what the caller decides to the stored workflow, under its version.
func (s *Service) change(ctx context.Context, wid string, expected int64, action string, decide func(storedWorkflow) (Input, int64, error)) (Workflow, error) {
	old, version, err := s.open(ctx, wid, access.Edit)
	if err != nil {
		return Workflow{}, err
	}
	if expected != AnyVersion && expected != version {
		return Workflow{}, errStale()
	}
	in, source, err := decide(old)
	if err != nil {
		return Workflow{}, err
	}
	current, err := s.versionAt(ctx, wid, old.LatestVersion)
	if err != nil {
		return Workflow{}, err
	}
	if in.Definition == nil {
		in.Definition = current.Definition
	}
	doc, definition, err := canonical(in.Definition)
	if err != nil {
		return Workflow{}, err
	}
	next := old
	next.Hash, next.Steps = hashOf(definition), count(doc)
	if err := s.apply(ctx, &next, in, doc); err != nil {
		return Workflow{}, err
	}
	if next == old {
		out := old.told(ctx, wid, version)
		out.Definition = definition
		return out, nil
	}
	if next.Hash != old.Hash || next.Status == StatusActive && old.Status != StatusActive {
		if err := s.mayUse(ctx, next.Sharing, doc); err != nil {
			return Workflow{}, err
		}
	}
	next.UpdatedAt, next.UpdatedBy = s.moment(), tenant.ActorFrom(ctx).ID
	var ops []table.Op
	if next.Hash != old.Hash || next.Name != old.Name || next.Description != old.Description {
		next.LatestVersion = version + 1
		info := next.info(next.LatestVersion)
		info.RolledBackTo = source
		op, err := s.versionOp(ctx, wid, storedVersion{VersionInfo: info, Definition: definition})
		if err != nil {
			return Workflow{}, err
		}
		ops = append(ops, op)
	}
	item, err := table.JSONItem(workflowKey(wid), next)
	if err != nil {
		return Workflow{}, err
	}
	details := map[string]any{"from": version, "version": version + 1, "definitionHash": next.Hash}
	then := func(context.Context) {}
	if old.Status != next.Status {
		details["status"] = next.Status
		var watched []table.Op
		if watched, then, err = s.statusChanged(ctx, wid); err != nil {
			return Workflow{}, err
		}
		ops = append(ops, watched...)
	}
	if source > 0 {
		details["rolledBackTo"] = source
	}
	err = s.trail.Commit(ctx, append(ops, table.Put(item, table.IfVersion(version))), audit.Entry{Action: action, Resource: wid, Details: details})
	if errors.Is(err, table.ErrCondition) {
		return Workflow{}, errStale()
	}
	if err != nil {
		return Workflow{}, fmt.Errorf("workflow: change: %w", err)
	}
	then(ctx)
	out := next.told(ctx, wid, version+1)
	out.Definition = definition
	return out, nil
}

// Delete removes a workflow of the expected version, then its versions. Runs keep
// what they were started with. Errors: NOT_FOUND, VERSION_STALE.
func (s *Service) Delete(ctx context.Context, wid string, expected int64) error {
	w, version, err := s.load(ctx, wid)
	if err != nil {
		return err
	}
	if err := w.For(access.From(ctx)).RequireDelete(errNotFound()); err != nil {
		return err
	}
	if expected != AnyVersion && expected != version {
		return errStale()
	}
	ops, then, err := s.statusChanged(ctx, wid)
	if err != nil {
		return err
	}
	kept, err := w.Keep(wid) // for its runs, which stay
	if err != nil {
		return err
	}
	ops = append(ops, kept...)
	err = s.trail.Commit(ctx, append(ops, table.Delete(workflowKey(wid), table.IfVersion(version))), audit.Entry{
		Action: "workflow.delete", Resource: wid, Details: map[string]any{"version": version, "name": w.Name},
	})
	if errors.Is(err, table.ErrCondition) {
		return errStale()
	}
	if err != nil {
		return fmt.Errorf("workflow: delete: %w", err)
	}
	then(ctx)
	return s.deleteVersions(ctx, wid)
}

// deleteVersions removes what only the deleted workflow led to. It may be
// repeated; what it leaves behind after a crash is unreachable.
func (s *Service) deleteVersions(ctx context.Context, wid string) error {
	var ops []table.Op
	var blobs []string
	for item, err := range s.store.All(ctx, table.Query{PK: versionPK(wid), Prefix: "V#"}) {
		if err != nil {
			return fmt.Errorf("workflow: delete versions: %w", err)
		}
		var v storedVersion
		if err := item.Decode(&v); err != nil {
			return err
		}
		if v.Blob != "" {
			blobs = append(blobs, v.Blob)
		}
		ops = append(ops, table.Delete(item.Key, table.Always()))
	}
	for len(ops) > 0 {
		n := min(len(ops), table.MaxBatch)
		if err := s.store.BatchWrite(ctx, ops[:n]); err != nil {
			return fmt.Errorf("workflow: delete versions: %w", err)
		}
		ops = ops[n:]
	}
	for _, name := range blobs {
		if err := s.blobs.Delete(ctx, name); err != nil {
			return fmt.Errorf("workflow: delete versions: %w", err)
		}
	}
	return nil
}
