package library_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// home is a library over the real parts of one machine.
type home struct {
	*library.Library
	trail *audit.Trail
	blobs *blob.Store
	clock *clock
	log   *fixture.Log
	// over is a library like this one over other blobs.
	over func(library.Blobs) *library.Library
}

// clock stands still, or goes on by a step each time that it is read.
type clock struct {
	mu   sync.Mutex
	at   time.Time
	step time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(c.step)
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newHome(t *testing.T, o library.Options, allow ...string) *home {
	t.Helper()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m := fixture.New(t, began)
	h := &home{clock: &clock{at: began}, log: &fixture.Log{}, blobs: m.Blobs(t)}
	o.Now = h.clock.now
	o.Log = slog.New(slog.NewTextHandler(h.log, nil))
	store := table.New(m.DB, &table.Options{Now: o.Now})
	h.trail = audit.New(store, &audit.Options{Now: o.Now})
	if allow == nil {
		allow = []string{"127.0.0.0/8"}
	}
	prefixes := make([]netip.Prefix, 0, len(allow))
	for _, a := range allow {
		prefixes = append(prefixes, netip.MustParsePrefix(a))
	}
	client := egress.New(&egress.Options{Allow: prefixes}).Client(nil)
	t.Cleanup(client.Close)
	h.over = func(b library.Blobs) *library.Library { return library.New(client, store, b, h.trail, &o) }
	h.Library = h.over(h.blobs)
	t.Cleanup(h.Library.Close)
	return h
}

func in(t *testing.T, workspace string) context.Context {
	return tenant.WithActor(tenant.With(t.Context(), workspace), tenant.Actor{ID: "usr_x", Email: "x@example.com"})
}

// records are the workspace's audit records, oldest first.
func (h *home) records(t *testing.T, ctx context.Context) []audit.Record {
	t.Helper()
	page, err := h.trail.List(ctx, audit.Filter{}, 100, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, j := 0, len(page.Records)-1; i < j; i, j = i+1, j-1 {
		page.Records[i], page.Records[j] = page.Records[j], page.Records[i]
	}
	return page.Records
}

func (h *home) objects(t *testing.T, ctx context.Context) int {
	t.Helper()
	n := 0
	for _, err := range h.blobs.All(ctx, "spec/") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func details(t *testing.T, r audit.Record) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := json.Unmarshal(r.Details, &m); err != nil {
		t.Fatalf("details of %s: %v", r.Action, err)
	}
	return m
}

func wantCode(t *testing.T, err error, code apierr.Code) *apierr.Error {
	t.Helper()
	if got := apierr.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %q", got, err, code)
	}
	return apierr.From(err)
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// source is a server of one document that can change, count and fail.
type source struct {
	mu       sync.Mutex
	body     string
	etag     string
	status   int
	requests int
	notMod   int
}

func (s *source) set(change func(*source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *source) counts() (requests, notModified int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.notMod
}

func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.status != 0 {
		http.Error(w, "no", s.status)
		return
	}
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
		if r.Header.Get("If-None-Match") == s.etag {
			s.notMod++
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	_, _ = w.Write([]byte(s.body))
}

const petsYAML = `openapi: 3.0.3
info: {title: Pets, version: 1.2.0}
servers: [{url: https://pets.example.com/v1}]
paths:
  /pets:
    get:
      operationId: listPets
      responses: {'200': {description: ok}}
    post:
      operationId: addPet
      responses: {'201': {description: made}}
`

const petsJSON = `{"openapi":"3.1.0","info":{"title":"Pets","version":"2"},"servers":[{"url":"https://pets.example.com"}],
"paths":{"/pets":{"get":{"operationId":"listPets","responses":{"200":{"description":"ok"}}}}}}`
