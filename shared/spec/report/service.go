package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/tenant"
)

// Documents opens stored documents by their hash.
type Documents interface {
	Open(ctx context.Context, hash string) (*spec.Document, error)
}

// Blobs is where reports are kept, by workspace.
type Blobs interface {
	Create(ctx context.Context, name string, r io.Reader) (blob.Info, error)
	Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error)
}

// Options of a Service.
type Options struct {
	// Queue is how many reports may wait; those beyond are wanted again by the next
	// who asks. Defaults to 64.
	Queue int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log receives causes. Defaults to slog.Default().
	Log *slog.Logger
}

// part is what a report is called beside the parts of its document.
const part = ".report.json"

// Service makes and keeps reports. It is safe for concurrent use.
type Service struct {
	docs  Documents
	blobs Blobs
	check Validator
	o     Options

	queue   chan job
	mu      sync.Mutex
	waiting map[job]bool
}

type job struct{ workspace, hash string }

// New makes a Service; reports are made while Run runs.
func New(docs Documents, blobs Blobs, check Validator, opts *Options) *Service {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Queue <= 0 {
		o.Queue = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{docs: docs, blobs: blobs, check: check, o: o, queue: make(chan job, o.Queue), waiting: map[job]bool{}}
}

// Want has the report of a document of the workspace in the context made, unless
// it is there or waits already. It returns at once.
func (s *Service) Want(ctx context.Context, hash string) {
	workspace, err := tenant.From(ctx)
	if err != nil || library.ObjectName(hash, part) == "" {
		return
	}
	j := job{workspace, hash}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[j] {
		return
	}
	select {
	case s.queue <- j:
		s.waiting[j] = true
	default: // full: the next who asks wants it again
	}
}

// Get returns a report as it stands. One that is not there is pending, and wanted.
func (s *Service) Get(ctx context.Context, hash string) (Report, error) {
	r, err := s.read(ctx, hash)
	if errors.Is(err, blob.ErrNotFound) {
		s.Want(ctx, hash)
		return Report{Summary: Summary{State: Pending}}, nil
	}
	return r, err
}

// Run makes the reports that are wanted, one at a time, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j := <-s.queue:
			err := s.make(tenant.With(ctx, j.workspace), j.hash)
			if err != nil && ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "validation report not made", "specHash", j.hash, "cause", err)
			}
			s.mu.Lock()
			delete(s.waiting, j)
			s.mu.Unlock()
		}
	}
}

func (s *Service) make(ctx context.Context, hash string) error {
	if _, err := s.read(ctx, hash); !errors.Is(err, blob.ErrNotFound) {
		return err
	}
	doc, err := s.docs.Open(ctx, hash)
	if err != nil {
		return err
	}
	list, err := s.check.Validate(ctx, doc.JSON())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	none, unavailable := errors.AsType[*UnavailableError](err)
	if unavailable {
		s.o.Log.WarnContext(ctx, "no validation report", "specHash", hash, "cause", err)
	} else if err != nil {
		return err
	}
	raw, err := json.Marshal(of(doc.Warnings(), list, none, s.o.Now().UTC()))
	if err != nil {
		return fmt.Errorf("report: write %s: %w", hash, err)
	}
	_, err = s.blobs.Create(ctx, library.ObjectName(hash, part), bytes.NewReader(raw))
	if errors.Is(err, blob.ErrExists) {
		return nil // another process was faster; its report is as good
	}
	return err
}

func (s *Service) read(ctx context.Context, hash string) (Report, error) {
	name := library.ObjectName(hash, part)
	if name == "" {
		return Report{}, blob.ErrNotFound
	}
	r, _, err := s.blobs.Get(ctx, name)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = r.Close() }() // it was read, or the error is told
	var out Report
	if err := json.NewDecoder(r).Decode(&out); err != nil {
		return Report{}, fmt.Errorf("report: read %s: %w", hash, err)
	}
	return out, nil
}
