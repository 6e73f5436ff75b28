package connection

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// maxPendingImports is how many imports wait or run before new ones are refused.
const maxPendingImports = 64

// importSet keeps an import from running twice in one process.
type importSet struct {
	mu  sync.Mutex
	ids map[string]bool
}

// add takes an import in, unless it is in already or there are limit of them.
func (r *importSet) add(id string, limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids[id] || len(r.ids) >= limit {
		return false
	}
	r.ids[id] = true
	return true
}

func (r *importSet) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.ids, id)
}

// createLater stores the connection as IMPORTING and leaves the rest to a
// worker, or to who imports in the background. The note that resumes it after a crash is written first: one without a
// connection is harmless, the other way round would wait for ever.
func (s *Service) createLater(ctx context.Context, c *stored, cred *opened, specURL, stash string) (Connection, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Connection{}, err
	}
	elsewhere := s.o.Background != nil
	if !elsewhere && !s.running.add(c.ID, maxPendingImports) {
		busy := apierr.New(apierr.RateLimited, "Too many large documents are being imported at this moment. Try again in a little while.")
		busy.RetryAfter = 30 * time.Second
		return Connection{}, busy
	}
	c.Status, c.Progress = StatusImporting, &Import{Stage: "fetching"}
	c.Risk = Risk{Level: RiskMedium, Reasons: []string{"The document has not been read yet."}}
	job := s.newPending(ctx, workspace, c.ID, stash)
	if err = s.savePending(ctx, job); err == nil {
		err = s.store(ctx, c, cred, specURL, table.Absent(), s.entry(ActionCreate, c, "Connected "+c.Name+"; its document is being imported"))
	}
	switch {
	case err != nil:
		s.running.remove(c.ID)
		return Connection{}, err
	case elsewhere:
		s.handOver(ctx, job)
	default:
		s.busy.Go(func() { s.runImport(job) })
	}
	return c.with(state{}, nil).rated(ctx), nil
}

// runImport brings one import to its end, unless the service is closed before.
func (s *Service) runImport(job pending) {
	defer s.running.remove(job.Connection)
	ctx := tenant.WithActor(tenant.With(s.life, job.Workspace), job.Actor)
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return
	}
	err := s.importOnce(ctx, &job)
	if ctx.Err() != nil {
		return // taken up again at the next start
	}
	if err == nil {
		err = s.dropPending(ctx, job)
	}
	if err != nil {
		s.o.Log.ErrorContext(ctx, "import left for the next start", "connection", job.Connection, "cause", err)
	}
}

// importOnce ends with the connection ACTIVE or FAILED, or gone. Its error means
// that the outcome could not be stored.
func (s *Service) importOnce(ctx context.Context, job *pending) error {
	c, err := s.read(ctx, job.Connection)
	if apierr.CodeOf(err) == apierr.NotFound || err == nil && c.Status != StatusImporting {
		return nil // deleted meanwhile, or finished before a crash
	}
	if err != nil {
		return err
	}
	job.Attempts++
	if err := s.savePending(ctx, *job); err != nil {
		return err
	}
	err = errInterrupted
	if job.Attempts <= maxImportAttempts {
		err = s.finishImport(ctx, c, job)
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, table.ErrCondition) {
		return nil // ErrCondition: deleted while it was being imported
	}
	return s.failImport(ctx, c, err)
}

// maxImportAttempts ends a document that takes the process down each time.
const maxImportAttempts = 3

var errInterrupted = apierr.New(apierr.SpecInvalid, "The import was interrupted several times and is not tried again.")

// finishImport reads the document and makes the connection ACTIVE.
func (s *Service) finishImport(ctx context.Context, c stored, job *pending) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("connection: panic in import: %v\n%s", r, debug.Stack())
		}
	}()
	cred, specURL, err := s.unseal(ctx, c.ID)
	if err != nil {
		return err
	}
	if !c.SealedURL {
		specURL = c.SpecURL
	}
	res, err := s.importDocument(ctx, c.ID, specURL, job.Stash)
	if err != nil {
		return err
	}
	version := c.Version
	if err := s.fill(&c, res, specURL, true); err != nil {
		return err
	}
	c.UpdatedAt = s.o.Now().UTC()
	return s.store(ctx, &c, cred, specURL, table.IfVersion(version),
		s.entry(ActionImport, &c, fmt.Sprintf("Imported the document of %s: %d operations", c.Name, c.EndpointCount)))
}

func (s *Service) importDocument(ctx context.Context, conID, specURL, stash string) (library.Result, error) {
	report := s.reporter(ctx, conID)
	if stash != "" {
		report(library.Progress{Stage: "parsing", Percent: 60})
		return s.library.AddStashed(ctx, stash)
	}
	for try := 1; ; try++ {
		res, err := s.library.Fetch(ctx, library.Request{URL: specURL, Progress: report})
		e := apierr.From(err)
		if err == nil || e.Code != apierr.RateLimited || try == attempts {
			return res, err
		}
		if err := pause.For(ctx, max(e.RetryAfter, time.Second)); err != nil {
			return library.Result{}, err
		}
	}
}

// reporter writes progress down in steps that a person can see.
func (s *Service) reporter(ctx context.Context, conID string) func(library.Progress) {
	var last Import
	return func(p library.Progress) {
		if p.Stage == last.Stage && p.Percent < last.Percent+10 {
			return
		}
		last = Import{Stage: p.Stage, Percent: p.Percent}
		now := last
		if err := s.note(ctx, conID, func(st *state) bool { st.Progress = &now; return true }); err != nil && ctx.Err() == nil {
			s.o.Log.WarnContext(ctx, "import progress not noted", "connection", conID, "cause", err)
		}
	}
}

func (s *Service) failImport(ctx context.Context, c stored, cause error) error {
	version := c.Version
	c.Status, c.StatusDetail, c.Progress, c.UpdatedAt = StatusFailed, publicDetail(cause), nil, s.o.Now().UTC()
	put, err := c.put(table.IfVersion(version))
	if err != nil {
		return err
	}
	e := s.entry(ActionImport, &c, "Import of "+c.Name+" failed")
	e.Outcome, e.Level, e.Code = audit.Failed, audit.Warn, string(apierr.CodeOf(cause))
	s.o.Log.WarnContext(ctx, "import failed", "connection", c.ID, "cause", cause)
	if err := s.trail.Commit(ctx, []table.Op{put}, e); err != nil && !errors.Is(err, table.ErrCondition) {
		return err
	}
	return nil
}
