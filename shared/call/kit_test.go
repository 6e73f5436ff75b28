package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	workspace = "wsp_test"
	run       = "exe_01890000-0000-7000-8000-000000000001"
	document  = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://unused.example"}],"paths":{
	"/items":{"get":{"operationId":"list","parameters":[{"name":"page","in":"query","schema":{"type":"integer"}},{"name":"cursor","in":"query","schema":{"type":"string"}},
	    {"name":"offset","in":"query","schema":{"type":"integer"}},{"name":"limit","in":"query","schema":{"type":"integer"}}],
	    "responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"object","required":["ok"],"properties":{"ok":{"type":"boolean"}}}}}}}},
	  "post":{"operationId":"create","requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}},"responses":{"201":{"description":""}}},
	  "patch":{"operationId":"keyed","parameters":[{"name":"Idempotency-Key","in":"header","required":true,"schema":{"type":"string"}}],
	    "requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}},"responses":{"200":{"description":""}}}},
	"/items/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
	  "put":{"operationId":"replace","requestBody":{"content":{"application/json":{"schema":{"type":"object"}}}},"responses":{"200":{"description":""}}}},
	"/odd":{"get":{"operationId":"odd","responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"elsewhere.json#/x"}}}}}}},
	"/me":{"get":{"operationId":"me","responses":{"200":{"description":""}}}}}}`
)

// kit is a Service on real stores against one API.
type kit struct {
	t     testing.TB
	ctx   context.Context
	svc   *call.Service
	store *table.Store
	blobs *blob.Store
	dir   string
	conn  connection.Connection
	cred  connection.Credential
	doc   *spec.Document
	opts  call.Options
	allow string

	mu    sync.Mutex
	slept []time.Duration
	ahead time.Duration
	used  int
	// renews gives another credential for a refused one; nil for none. refused are those.
	renews  func(connection.Credential) (connection.Credential, error)
	refused []int64
	seen    *connection.Limits
}

func newKit(t testing.TB, baseURL string, change func(*kit)) *kit {
	t.Helper()
	doc, err := spec.Parse(t.Context(), []byte(document), nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, ctx: tenant.With(t.Context(), workspace), doc: doc, dir: t.TempDir(), allow: "127.0.0.0/8",
		conn: connection.Connection{ID: "con_1", BaseURL: baseURL, AuthType: connection.AuthNone, SpecHash: doc.Info().Hash, Origins: []string{baseURL}}}
	k.opts = call.Options{
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { k.mu.Lock(); defer k.mu.Unlock(); return time.Now().Add(k.ahead) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.slept, k.ahead = append(k.slept, d), k.ahead+d
			return ctx.Err()
		},
	}
	if change != nil {
		change(k)
	}
	db, err := sqlite.Open(k.ctx, filepath.Join(k.dir, "table", "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	objects, err := dir.Open(filepath.Join(k.dir, "blobs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	k.store, k.blobs = table.New(db, nil), blob.New(objects)
	k.restart()
	return k
}

// restart makes a new Service on the same stores, as a new process would.
func (k *kit) restart() {
	guard := egress.New(&egress.Options{Allow: []netip.Prefix{netip.MustParsePrefix(k.allow)}})
	k.svc = call.New(k, documents{k.doc}, guard, k.store, k.blobs, &k.opts)
	k.t.Cleanup(k.svc.Close)
}

func (k *kit) Get(_ context.Context, id string) (connection.Connection, error) {
	if id != k.conn.ID {
		return connection.Connection{}, apierr.New(apierr.NotFound, "No such connection.")
	}
	return k.conn, nil
}
func (k *kit) Credential(context.Context, string) (connection.Credential, error) {
	c := k.cred
	if c.Origins == nil {
		c.Origins = k.conn.Origins
	}
	return c, nil
}
func (k *kit) Renew(_ context.Context, _ string, refused connection.Credential) (connection.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refused = append(k.refused, refused.Serial)
	if k.renews == nil {
		return connection.Credential{}, apierr.New(apierr.Reauthorize, "Connect the account again.")
	}
	return k.renews(refused)
}
func (k *kit) Used(_ context.Context, _ string, seen *connection.Limits) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.used, k.seen = k.used+1, seen
}

type documents struct{ doc *spec.Document }

func (d documents) Open(_ context.Context, hash string) (*spec.Document, error) {
	if hash != d.doc.Info().Hash {
		return nil, apierr.New(apierr.NotFound, "No such document.")
	}
	return d.doc, nil
}

func (d documents) Operation(ctx context.Context, hash, id string) (*spec.Document, *spec.Operation, error) {
	doc, err := d.Open(ctx, hash)
	if err != nil {
		return nil, nil, err
	}
	op, err := doc.Operation(id)
	return doc, op, err
}

// task is a payload for an operation; body and the parameter id are filled in where it needs them.
func (k *kit) task(operation string) call.Task {
	t := call.Task{Workspace: workspace, Execution: run, Step: "s", Path: "s", Connection: "con_1", Operation: operation, SpecHash: k.conn.SpecHash}
	switch operation {
	case "create", "keyed", "replace":
		t.Body = json.RawMessage(`{"a":1}`)
	}
	if operation == "replace" {
		t.Parameters = map[string]json.RawMessage{"id": json.RawMessage(`"x"`)}
	}
	return t
}

// handle runs a task and returns its result or the error's name.
func (k *kit) handle(t call.Task) (call.Result, string) {
	k.t.Helper()
	payload, err := json.Marshal(t)
	if err != nil {
		k.t.Fatal(err)
	}
	raw, err := k.svc.Handle(k.ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: t.Execution})
	var failed *execution.TaskError
	if errors.As(err, &failed) {
		return call.Result{}, failed.Name
	}
	if err != nil {
		k.t.Fatalf("handle: %v", err)
	}
	var r call.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		k.t.Fatal(err)
	}
	return r, ""
}

func (k *kit) steps() []call.Step {
	k.t.Helper()
	steps, err := k.svc.Attempts(k.ctx, run)
	if err != nil {
		k.t.Fatal(err)
	}
	return steps
}

// api is a server that counts what reaches it.
type api struct {
	*httptest.Server
	mu   sync.Mutex
	hits []*http.Request
	body []string
}

func newAPI(t testing.TB, h http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.hits, a.body = append(a.hits, r), append(a.body, string(text))
		a.mu.Unlock()
		h(w, r)
	}))
	a.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(io.Discard, nil), slog.LevelError)
	a.Start()
	t.Cleanup(func() { a.CloseClientConnections(); a.Close() })
	return a
}

func (a *api) count() int { a.mu.Lock(); defer a.mu.Unlock(); return len(a.hits) }

func (a *api) hit(i int) *http.Request { a.mu.Lock(); defer a.mu.Unlock(); return a.hits[i] }

func reply(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cut closes the connection without an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = c.Close()
	}
}

func equalJSON(t *testing.T, got json.RawMessage, want string) {
	t.Helper()
	if strings.TrimSpace(string(got)) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
