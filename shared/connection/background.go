package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// How long an import in the background has before it is handed over again: until
// it is begun, and from then on. A function has at most 15 minutes (Lambda quotas).
const (
	handOverWait = 5 * time.Minute
	importTime   = 20 * time.Minute
)

// ImportJob names an import that is done in the background. It holds references
// only: the address, the credential and the person are read where it is done.
type ImportJob struct {
	Workspace  string    `json:"workspace"`
	Connection string    `json:"connection"`
	At         time.Time `json:"at"` // when the import was asked for
	// Attempt counts how often it was handed over, from 1.
	Attempt int `json:"attempt"`
}

// Name is the same each time that this attempt is handed over, and no other
// job's. It has at most 80 characters of [a-z0-9_-], as an execution's name must.
func (j ImportJob) Name() string {
	return fmt.Sprintf("%s-%d-%d", j.Connection, j.At.UnixMilli(), j.Attempt)
}

func (p pending) job() ImportJob {
	return ImportJob{Workspace: p.Workspace, Connection: p.Connection, At: p.At, Attempt: p.Attempts}
}

// handOver gives an import to the background. Where that fails the note waits
// for handOverAgain, so that a connection which is stored already has no error.
func (s *Service) handOver(ctx context.Context, p pending) {
	if err := s.o.Background(ctx, p.job()); err != nil {
		s.o.Log.WarnContext(ctx, "import not handed over; it will be", "connection", p.Connection, "cause", err)
	}
}

// handOverAgain hands over the imports whose time has passed, and returns how
// many. One that was lost too often ends FAILED. What fails of one keeps no other
// from it.
func (s *Service) handOverAgain(ctx context.Context) (n int, err error) {
	var faults []error
	for item, err := range s.table.All(tenant.WithSystem(ctx), table.Query{PK: pkPending}) {
		if err != nil {
			return n, errors.Join(append(faults, err)...)
		}
		done, err := s.handOverOne(ctx, item)
		if err != nil {
			faults = append(faults, fmt.Errorf("import %s: %w", item.SK, err))
		}
		if done {
			n++
		}
	}
	return n, errors.Join(faults...)
}

func (s *Service) handOverOne(ctx context.Context, item table.Item) (bool, error) {
	var p pending
	if err := item.Decode(&p); err != nil {
		return false, err
	}
	if s.o.Now().Before(p.Until) {
		return false, nil
	}
	if p.Attempts >= maxImportAttempts {
		return false, s.FailImport(ctx, p.job(), errInterrupted)
	}
	p.Attempts, p.Until = p.Attempts+1, s.o.Now().UTC().Add(handOverWait)
	err := s.replacePending(ctx, p, item.Version)
	if errors.Is(err, table.ErrCondition) {
		return false, nil // another has just done so, or it is finished
	}
	if err != nil {
		return false, err
	}
	s.handOver(ctx, p)
	return true, nil
}

func (s *Service) replacePending(ctx context.Context, p pending, version int64) error {
	item, err := table.JSONItem(p.key(), p)
	if err != nil {
		return err
	}
	_, err = s.table.Put(tenant.WithSystem(ctx), item, table.IfVersion(version))
	return err
}

// importAgain makes a connection whose import failed IMPORTING once more. Its
// note is written in the same transaction.
func (s *Service) importAgain(ctx context.Context, c stored) (Refreshed, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Refreshed{}, err
	}
	version := c.Version
	c.Status, c.StatusDetail, c.Progress = StatusImporting, "", &Import{Stage: "fetching"}
	c.UpdatedAt = s.o.Now().UTC()
	put, err := c.put(table.IfVersion(version))
	if err != nil {
		return Refreshed{}, err
	}
	p := s.newPending(ctx, workspace, c.ID, "")
	note, err := table.JSONItem(p.key(), p)
	if err != nil {
		return Refreshed{}, err
	}
	ops := []table.Op{put, table.Global(table.Put(note, table.Always())), table.Delete(stateKey(c.ID), table.Always())}
	if err := s.trail.Commit(ctx, ops, s.entry(ActionRefresh, &c, "The document of "+c.Name+" is being imported again")); err != nil {
		return Refreshed{}, err
	}
	s.handOver(ctx, p)
	c.Version = version + 1
	out := nothing()
	out.Connection = c.shown(state{})
	return out, nil
}

// ImportNow does an import that was handed to the background, and says how the
// connection stands then: ACTIVE, FAILED where the document is to blame, or ""
// where it is gone. Doing it again, or twice at once, does no harm. An error is
// of our own, or of a source that lets nobody in for the moment: the connection
// is still IMPORTING, and the job is to be tried again or given up by FailImport.
func (s *Service) ImportNow(ctx context.Context, job ImportJob) (Status, error) {
	ctx, note, err := s.takeJob(ctx, job)
	if err != nil {
		return "", err
	}
	c, err := s.read(ctx, job.Connection)
	if apierr.CodeOf(err) == apierr.NotFound {
		return "", s.dropJob(ctx, note)
	}
	if err != nil {
		return "", err
	}
	if note == nil || c.Status != StatusImporting {
		return c.Status, s.dropJob(ctx, note)
	}
	switch err := s.finishImport(ctx, c, &note.pending); {
	case err == nil, errors.Is(err, table.ErrCondition): // ErrCondition: deleted, or finished by another
	case ctx.Err() != nil, !blames(err):
		return StatusImporting, err
	default:
		if err := s.failImport(ctx, c, err); err != nil {
			return StatusImporting, err
		}
	}
	c, err = s.read(ctx, job.Connection)
	if err != nil && apierr.CodeOf(err) != apierr.NotFound {
		return "", err
	}
	return c.Status, s.dropJob(ctx, note)
}

// FailImport gives an import up: the connection becomes FAILED, unless it has
// been finished meanwhile, or handed over once more: who had it before gives up
// nothing of another's. What a person may read of cause is told them.
func (s *Service) FailImport(ctx context.Context, job ImportJob, cause error) error {
	ctx, note, err := s.takeJob(ctx, job)
	if err != nil || note == nil || note.Attempts > job.Attempt {
		return err
	}
	c, err := s.read(ctx, job.Connection)
	switch {
	case apierr.CodeOf(err) == apierr.NotFound:
	case err != nil:
		return err
	case c.Status == StatusImporting:
		if err := s.failImport(ctx, c, cause); err != nil {
			return err
		}
	}
	return s.dropJob(ctx, note)
}

// ImportCall is what the state machine of imports sends: op "import" or "fail".
type ImportCall struct {
	Op string `json:"op"`
	ImportJob
	// Error and Cause say, for "fail", how importing ended.
	Error string `json:"error,omitempty"`
	Cause string `json:"cause,omitempty"`
}

// ImportAnswer says how the connection stands; "" where it is gone.
type ImportAnswer struct {
	Status Status `json:"status"`
}

// HandleImport serves task-spec-import. An error is to be tried again.
func (s *Service) HandleImport(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	var call ImportCall
	if err := json.Unmarshal(payload, &call); err != nil {
		return nil, fmt.Errorf("connection: payload of an import: %w", err)
	}
	answer := ImportAnswer{Status: StatusFailed}
	var err error
	switch call.Op {
	case "import":
		answer.Status, err = s.ImportNow(ctx, call.ImportJob)
	case "fail":
		err = s.FailImport(ctx, call.ImportJob, fmt.Errorf("connection: import ended with %s: %s", call.Error, call.Cause))
	default:
		err = fmt.Errorf("connection: an import has no operation %q", call.Op)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// takeJob reads the note of a job, nil where the job is done or another has
// taken its place, and keeps it from being handed over again for a while. The
// context that it returns is the job's: its workspace, and who asked for it.
func (s *Service) takeJob(ctx context.Context, job ImportJob) (context.Context, *taken, error) {
	own := tenant.With(ctx, job.Workspace)
	p, version, err := table.GetJSON[pending](tenant.WithSystem(ctx), s.table, pending{Workspace: job.Workspace, Connection: job.Connection}.key())
	if errors.Is(err, table.ErrNotFound) || err == nil && !p.At.Equal(job.At) {
		return own, nil, nil
	}
	if err != nil {
		return own, nil, err
	}
	t := &taken{p, version + 1}
	t.Until = s.o.Now().UTC().Add(importTime)
	err = s.replacePending(ctx, t.pending, version)
	if errors.Is(err, table.ErrCondition) { // another is at the same job: both may do it
		err = nil
	}
	return tenant.WithActor(own, p.Actor), t, err
}

// taken is a note with its version as takeJob left it.
type taken struct {
	pending
	version int64
}

// dropJob removes the note of a job that is done. One that another has written
// since stays: it may tell of a new import of the same connection, and where it
// does not, it is found to be done when it is handed over.
func (s *Service) dropJob(ctx context.Context, t *taken) error {
	if t == nil {
		return nil
	}
	err := s.table.Delete(tenant.WithSystem(ctx), t.key(), table.IfVersion(t.version))
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

// blames says whether an import's error is told as the document's, its source's
// or the connection's fault, as opposed to one of ours that may pass.
func blames(err error) bool {
	switch apierr.CodeOf(err) {
	case apierr.Internal, apierr.Unavailable, apierr.RateLimited:
		return false
	}
	return true
}
