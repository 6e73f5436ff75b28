package report_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/report"
	"github.com/apiq/apiq/shared/tenant"
)

// validator answers by what a test gives it, and tells that it was asked.
type validator struct {
	asked chan struct{}
	give  chan error
}

func (v validator) Validate(ctx context.Context, _ []byte) ([]spec.Warning, error) {
	v.asked <- struct{}{}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case err := <-v.give:
		return []spec.Warning{{Code: report.CodeValidator, Message: "b"}}, err
	}
}

type documents struct{ doc *spec.Document }

func (d documents) Open(context.Context, string) (*spec.Document, error) { return d.doc, nil }

func start(t *testing.T, queue int) (*report.Service, validator, context.Context, context.CancelFunc, chan error) {
	t.Helper()
	objects, err := dir.Open(filepath.Join(t.TempDir(), "blobs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = objects.Close() })
	doc, err := spec.Parse(context.Background(), []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{}}}},}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	v := validator{make(chan struct{}, 10), make(chan error)}
	s := report.New(documents{doc}, blob.New(objects), v, &report.Options{Queue: queue, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Unix(7, 0) }})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(stop)
	return s, v, tenant.With(context.Background(), "wsp_a"), stop, ended
}

func hash(n int) string { return fmt.Sprintf("sha256:%064x", n) }

// await asks until the report is no longer pending.
func await(t *testing.T, s *report.Service, ctx context.Context, hash string) report.Report {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		r, err := s.Get(ctx, hash)
		if err != nil {
			t.Fatal(err)
		}
		if r.State != report.Pending {
			return r
		}
	}
	t.Fatal("still pending")
	return report.Report{}
}

func TestReport(t *testing.T) {
	t.Parallel()
	s, v, ctx, _, _ := start(t, 4)
	if r, err := s.Get(ctx, hash(1)); err != nil || r.State != report.Pending {
		t.Fatalf("%+v, %v", r, err)
	}
	<-v.asked
	s.Want(ctx, hash(1)) // it is under way already
	v.give <- nil
	// What the import mended is told before what the validator finds, who is given the
	// mended document.
	if r := await(t, s, ctx, hash(1)); r.State != report.Done || r.Errors != 1 || r.Warnings != 1 || len(r.Findings) != 2 || r.Findings[0].Code != "json_syntax" || !r.At.Equal(time.Unix(7, 0)) {
		t.Errorf("%+v", r)
	}
	// What will not be is told, and not tried again.
	s.Want(ctx, hash(2))
	<-v.asked
	v.give <- report.Unavailablef("Too large.")
	if r := await(t, s, ctx, hash(2)); r.State != report.Unavailable || r.Reason != "Too large." || r.Errors != 0 || r.Warnings != 1 || len(r.Findings) != 1 {
		t.Errorf("%+v", r)
	}
	// What passes is tried again by the next who asks.
	s.Want(ctx, hash(3))
	<-v.asked
	v.give <- errors.New("no process to be had")
	go func() {
		<-v.asked
		v.give <- nil
	}()
	if r := await(t, s, ctx, hash(3)); r.State != report.Done {
		t.Errorf("%+v", r)
	}
	// Another workspace has reports of its own.
	if r, err := s.Get(tenant.With(context.Background(), "wsp_b"), hash(1)); err != nil || r.State != report.Pending {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := s.Get(ctx, "sha256:../../x"); err != nil || r.State != report.Pending {
		t.Errorf("no hash: %+v, %v", r, err)
	}
}

// TestStopped: what is under way when the process ends is not stored as lost.
func TestStopped(t *testing.T) {
	t.Parallel()
	s, v, ctx, stop, ended := start(t, 1)
	s.Want(ctx, hash(1))
	<-v.asked
	for n := range 100 { // one waits; the others are dropped, and nobody is blocked
		s.Want(ctx, hash(2+n))
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if r, err := s.Get(ctx, hash(1)); err != nil || r.State != report.Pending {
		t.Errorf("%+v, %v", r, err)
	}
}
