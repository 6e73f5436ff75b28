package connection_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/fixture"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// home is a connection service over the real parts of one machine.
type home struct {
	*connection.Service
	lib    *library.Library
	trail  *audit.Trail
	store  *table.Store
	blobs  *blob.Store
	db     *sqlite.DB
	clock  *clock
	log    *fixture.Log
	sealer *secret.Envelope
	path   string
	again  func() // a new service over the same stores, as after a restart
}

type clock struct {
	now     func() time.Time
	forward func(time.Duration)
}

type options struct {
	library   library.Options
	workflows connection.WorkflowUse
	allow     string
	// background has imports done elsewhere.
	background func(ctx context.Context, job connection.ImportJob) error
}

func newHome(t testing.TB, o options) *home {
	t.Helper()
	m := fixture.New(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	h := &home{clock: &clock{m.Now, m.Pass}, log: &fixture.Log{}, path: m.Dir, db: m.DB, blobs: m.Blobs(t), store: m.Store, trail: m.Trail, sealer: m.Sealer}
	if o.allow == "" {
		o.allow = "127.0.0.0/8"
	}
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix(o.allow)}})
	client := guard.Client(nil)
	t.Cleanup(client.Close)
	logger := slog.New(slog.NewTextHandler(h.log, nil))
	o.library.Now, o.library.Log = h.clock.now, logger
	start := func() {
		h.lib = library.New(client, h.store, h.blobs, h.trail, &o.library)
		h.Service = connection.New(h.store, h.trail, h.sealer, h.lib, guard,
			&connection.Options{Workflows: o.workflows, Background: o.background, Now: h.clock.now, Log: logger})
	}
	start()
	h.again = func() { h.stop(); start() }
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *home) stop() {
	h.Service.Close()
	h.lib.Close()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func in(t testing.TB, workspace string) context.Context {
	return tenant.WithActor(tenant.With(t.Context(), workspace), tenant.Actor{ID: "usr_x", Email: "x@example.com"})
}

func (h *home) records(t *testing.T, ctx context.Context) []audit.Record {
	t.Helper()
	page, err := h.trail.List(ctx, audit.Filter{}, 100, "")
	check(t, err)
	for i, j := 0, len(page.Records)-1; i < j; i, j = i+1, j-1 {
		page.Records[i], page.Records[j] = page.Records[j], page.Records[i]
	}
	return page.Records
}

// everything is every byte that the home has written down anywhere.
func (h *home) everything(t *testing.T) []byte {
	t.Helper()
	var all bytes.Buffer
	check(t, filepath.WalkDir(h.path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	}))
	all.WriteString(h.log.String())
	return all.Bytes()
}

func wantCode(t testing.TB, err error, code apierr.Code) *apierr.Error {
	t.Helper()
	if got := apierr.CodeOf(err); got != code {
		t.Fatalf("got %q (%v), want %q", got, err, code)
	}
	return apierr.From(err)
}

func paths(e *apierr.Error) map[string]string {
	m := map[string]string{}
	for _, p := range e.Problems {
		m[p.Path] = p.Code
	}
	return m
}

func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// source serves one document that can change.
type source struct {
	mu       sync.Mutex
	body     string
	status   int
	changes  int
	requests int
	notMod   int
	queries  []string // that it was asked with
}

func (s *source) set(body string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.status = body, status
	s.changes++
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
	s.queries = append(s.queries, r.URL.RawQuery)
	if s.status != 0 {
		http.Error(w, "no", s.status)
		return
	}
	http.ServeContent(&counting{w, s}, r, "spec.json", time.Date(2026, 1, 1, 0, 0, s.changes, 0, time.UTC), bytes.NewReader([]byte(s.body)))
}

type counting struct {
	http.ResponseWriter
	s *source
}

func (c *counting) WriteHeader(status int) {
	if status == http.StatusNotModified {
		c.s.notMod++
	}
	c.ResponseWriter.WriteHeader(status)
}

const pets = `{"openapi":"3.0.3","info":{"title":"Pets","version":"1.2.0"},
"servers":[{"url":"http://pets.example.com/v0"},{"url":"https://{region}.pets.example.com/v1/","variables":{"region":{"default":"eu","enum":["eu","us"]}}}],
"security":[{"key":[]}],
"paths":{
 "/pets":{
  "get":{"operationId":"listPets","summary":"List all pets","parameters":[{"name":"limit","in":"query","schema":{"type":"integer","maximum":100}}],
   "responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Pet"}}}}}}},
  "post":{"operationId":"addPet","summary":"Add a pet","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}},
   "responses":{"201":{"description":"made"}}}},
 "/pets/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
  "get":{"operationId":"getPet","summary":"Read one pet","responses":{"200":{"description":"ok"}}},
  "delete":{"operationId":"deletePet","summary":"Remove a pet","responses":{"204":{"description":"gone"}}}}},
"components":{
 "securitySchemes":{"key":{"type":"apiKey","in":"query","name":"api_key"},"other":{"type":"apiKey","in":"header","name":"X-Other"}},
 "schemas":{"Pet":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"friend":{"$ref":"#/components/schemas/Pet"}}}}}}`
