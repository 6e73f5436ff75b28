package web_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/web"
)

func inWorkspace(t *testing.T) context.Context { return tenant.With(t.Context(), workspace) }

func invite(body, key string) sent {
	return sent{method: "POST", path: "/api/users/invite", token: admin, body: body, header: map[string]string{"Idempotency-Key": key}}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites())
	first := h.send(t, invite(`{"email":"a"}`, "k"))
	again := h.send(t, invite(`{"email":"a"}`, "k"))
	if first.status != 201 || again.status != 201 || first.body != again.body || s.calls.Load() != 1 {
		t.Fatalf("%d %s\n%d %s\n%d calls", first.status, first.body, again.status, again.body, s.calls.Load())
	}
	for _, name := range []string{"Content-Type", "ETag", "Set-Cookie"} {
		if a, b := first.header.Get(name), again.header.Get(name); a == "" || a != b {
			t.Errorf("%s: %q, again %q", name, a, b)
		}
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("Idempotency-Replayed")
	}
	if again.header.Get("X-Request-Id") == first.header.Get("X-Request-Id") {
		t.Error("the request id is the first one's")
	}
	if have := strings.Join(h.records(t, workspace), ", "); have != "request.users-invite done" {
		t.Errorf("records %q", have)
	}
	// Another body, another query, another route's key, another caller.
	for name, q := range map[string]sent{
		"another body": invite(`{"email":"b"}`, "k"),
		"white space":  invite(`{"email": "a"}`, "k"),
	} {
		if p := h.send(t, q).problem(t); p.Code != apierr.IdempotencyMismatch {
			t.Errorf("%s: %v", name, p)
		}
	}
	if g := h.send(t, invite(`{"email":"a"}`, "K")); g.status != 201 || s.calls.Load() != 2 {
		t.Errorf("keys differ by case: %d", g.status)
	}
	h.clock.Pass(24*time.Hour - time.Second)
	if g := h.send(t, invite(`{"email":"a"}`, "k")); g.body != first.body {
		t.Errorf("within 24 h: %s", g.body)
	}
	h.clock.Pass(2 * time.Second)
	if g := h.send(t, invite(`{"email":"a"}`, "k")); g.status != 201 || g.body == first.body {
		t.Errorf("after 24 h: %s", g.body)
	}
}

// TestRefusalReplayed: what was decided is the first answer too; what was not is
// tried again.
func TestRefusalReplayed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first func() error
		calls int64 // after the same request came twice
	}{
		"refused":      {func() error { return apierr.New(apierr.Conflict, "No.") }, 1},
		"not there":    {func() error { return table.ErrNotFound }, 1},
		"limited":      {func() error { return apierr.New(apierr.RateLimited, "Wait.") }, 2},
		"throttled":    {func() error { return table.ErrThrottled }, 2},
		"failed":       {func() error { return errDefect }, 2},
		"upstream":     {func() error { return apierr.New(apierr.UpstreamTimeout, "Slow.") }, 2},
		"panicked":     {func() error { panic("a defect") }, 2},
		"out of reach": {func() error { return apierr.New(apierr.PlannerUnavailable, "Away.") }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			s.do = func(_ context.Context, n int64) error {
				if n == 1 {
					return c.first()
				}
				return nil
			}
			h := newHome(t, s.invites())
			first := h.send(t, invite(`{"email":"a"}`, "k"))
			p := first.problem(t)
			again := h.send(t, invite(`{"email":"a"}`, "k"))
			if s.calls.Load() != c.calls {
				t.Fatalf("%d calls, want %d", s.calls.Load(), c.calls)
			}
			if c.calls == 1 && (again.body != first.body || again.status != p.Status || again.header.Get("Content-Type") != "application/problem+json") {
				t.Errorf("%d %s", again.status, again.body)
			}
			if c.calls == 2 && again.status != 201 {
				t.Errorf("%d %s", again.status, again.body)
			}
			if n := int64(len(h.records(t, workspace))); n != c.calls {
				t.Errorf("%d records", n)
			}
		})
	}
}

// TestNotValidReplayed: a body that was refused is refused the same way.
func TestNotValidReplayed(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites())
	first := h.send(t, invite(`{"email":1}`, "k"))
	again := h.send(t, invite(`{"email":1}`, "k"))
	if first.problem(t).Code != apierr.ValidationFailed || again.body != first.body || s.calls.Load() != 0 {
		t.Fatalf("%s %s", first.body, again.body)
	}
}

func TestInProgress(t *testing.T) {
	t.Parallel()
	s := &script{}
	running, end := make(chan struct{}), make(chan struct{})
	s.do = func(_ context.Context, n int64) error {
		if n == 1 {
			close(running)
			<-end
		}
		return nil
	}
	h := newHome(t, s.invites())
	var first got
	var wait sync.WaitGroup
	wait.Go(func() { first = h.send(t, invite(`{"email":"a"}`, "k")) })
	<-running
	g := h.send(t, invite(`{"email":"a"}`, "k"))
	if p := g.problem(t); p.Code != apierr.Conflict || g.header.Get("Retry-After") == "" {
		t.Errorf("while the first runs: %s", g.body)
	}
	if p := h.send(t, invite(`{"email":"b"}`, "k")).problem(t); p.Code != apierr.IdempotencyMismatch {
		t.Errorf("another body while the first runs: %v", p)
	}
	close(end)
	wait.Wait()
	if again := h.send(t, invite(`{"email":"a"}`, "k")); again.body != first.body || s.calls.Load() != 1 {
		t.Errorf("%s, want %s", again.body, first.body)
	}
}

// TestRace: of many at once one is carried out.
func TestRace(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites())
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if g := h.send(t, invite(`{"email":"a"}`, "k")); g.status != 201 && g.status != 409 {
				t.Errorf("%d %s", g.status, g.body)
			}
		})
	}
	wait.Wait()
	if s.calls.Load() != 1 {
		t.Fatalf("%d calls", s.calls.Load())
	}
}

// cutOff sends a request, and leaves what is kept of it as it was before it was done.
func (h *home) cutOff(t *testing.T, q sent) {
	t.Helper()
	if g := h.send(t, q); g.status != 201 {
		t.Fatal(g.body)
	}
	ctx := inWorkspace(t)
	for item, err := range h.Store.All(ctx, table.Query{PK: "IDEM#usr_admin"}) {
		if err != nil {
			t.Fatal(err)
		}
		var kept map[string]any
		if err := json.Unmarshal(item.Data, &kept); err != nil {
			t.Fatal(err)
		}
		kept["done"] = false
		delete(kept, "answer")
		if item.Data, err = json.Marshal(kept); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Store.Put(ctx, item, table.IfVersion(item.Version)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFirstCrashed: a claim whose process died is taken over, but not too soon. What
// is done again is done under the same seed.
func TestFirstCrashed(t *testing.T) {
	t.Parallel()
	s, made := &script{}, map[string]bool{}
	s.do = func(ctx context.Context, _ int64) error {
		name, seeded := id.In(ctx, id.Execution)
		made[name] = seeded
		return nil
	}
	h := newHome(t, s.invites())
	h.cutOff(t, invite(`{"email":"a"}`, "k"))
	h.clock.Pass(59 * time.Second) // its time is 30 s, twice that must pass
	if p := h.send(t, invite(`{"email":"a"}`, "k")).problem(t); p.Code != apierr.Conflict {
		t.Fatal(p)
	}
	h.clock.Pass(2 * time.Second)
	g := h.send(t, invite(`{"email":"a"}`, "k"))
	again := h.send(t, invite(`{"email":"a"}`, "k"))
	if g.status != 201 || s.calls.Load() != 2 || again.body != g.body {
		t.Fatalf("%d %s, %d calls", g.status, again.body, s.calls.Load())
	}
	if len(made) != 1 || !slices.Contains(slices.Collect(maps.Values(made)), true) {
		t.Errorf("ids of one kind: %v", made)
	}
	h.send(t, invite(`{"email":"a"}`, "another"))
	if len(made) != 2 {
		t.Errorf("another key has the same seed: %v", made)
	}
}

// TestFirstGone: a server that has the data to itself knows that the one before it is
// gone, and waits for nothing that it claimed.
func TestFirstGone(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites())
	h.cutOff(t, invite(`{"email":"a"}`, "k"))
	h.clock.Pass(time.Millisecond)
	next, err := web.New([]web.Endpoint{s.invites()}, h.Deps, &web.Options{Now: h.clock.Now, Since: h.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	h.Server = httptest.NewServer(next.Handler())
	t.Cleanup(h.Close)
	if g := h.send(t, invite(`{"email":"a"}`, "k")); g.status != 201 || s.calls.Load() != 2 {
		t.Fatalf("%d %s, %d calls", g.status, g.body, s.calls.Load())
	}
	h.cutOff(t, invite(`{"email":"a"}`, "its own"))
	if p := h.send(t, invite(`{"email":"a"}`, "its own")).problem(t); p.Code != apierr.Conflict {
		t.Error(p)
	}
}

func TestLargeAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	h := newHome(t, web.Bind("users-invite", http.StatusCreated, func(context.Context, *inviteIn) (*web.Reply[string], error) {
		calls++
		return web.OK(strings.Repeat("a", 300<<10))
	}))
	if g := h.send(t, invite(`{"email":"a"}`, "k")); g.status != 201 || len(g.body) < 300<<10 {
		t.Fatal(g.status)
	}
	if p := h.send(t, invite(`{"email":"a"}`, "k")).problem(t); p.Code != apierr.Conflict || calls != 1 {
		t.Fatal(p, calls)
	}
}

// TestNothingReadable: neither what was sent nor what was answered lies in the
// table in the clear, nor a digest by which a password could be guessed.
func TestNothingReadable(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.login())
	body := `{"email":"a-canary"}`
	first := h.send(t, sent{method: "POST", path: "/api/auth/login", body: body, header: map[string]string{"Idempotency-Key": "k"}})
	again := h.send(t, sent{method: "POST", path: "/api/auth/login", body: body, header: map[string]string{"Idempotency-Key": "k"}})
	if first.status != 200 || first.body != again.body || s.calls.Load() != 1 {
		t.Fatal(again.body)
	}
	page, err := h.Store.Query(tenant.WithSystem(t.Context()), table.Query{PK: "IDEM#public#127.0.0.1"})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(len(page.Items), err)
	}
	if strings.Contains(string(page.Items[0].Data), "canary") {
		t.Error("in the clear")
	}
}

// TestKeysApart: a key is its caller's.
func TestKeysApart(t *testing.T) {
	t.Parallel()
	s := &script{}
	var h *home
	h = newHome(t, s.remove(func() *audit.Trail { return h.Trail }))
	for _, token := range []string{user, admin} {
		for range 2 {
			g := h.send(t, sent{method: "DELETE", path: "/api/apis/con_1", token: token, header: map[string]string{"Idempotency-Key": "k"}})
			if g.status != 200 {
				t.Fatal(g.body)
			}
		}
	}
	if s.calls.Load() != 2 {
		t.Errorf("%d calls", s.calls.Load())
	}
	if p := h.send(t, sent{method: "DELETE", path: "/api/apis/con_2", token: user, header: map[string]string{"Idempotency-Key": "k"}}).problem(t); p.Code != apierr.IdempotencyMismatch {
		t.Error(p)
	}
}

// TestConnectionLost: who asks again because the answer never came gets the
// first one; nothing is carried out twice.
func TestConnectionLost(t *testing.T) {
	t.Parallel()
	s := &script{}
	running, gone := make(chan struct{}), make(chan struct{})
	s.do = func(ctx context.Context, n int64) error {
		if n == 1 {
			close(running)
			<-ctx.Done() // the server notices that the client left
			close(gone)
		}
		return nil
	}
	h := newHome(t, s.invites())
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", h.URL+"/api/users/invite", strings.NewReader(`{"email":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + admin}, "Idempotency-Key": {"k"}}
	var wait sync.WaitGroup
	wait.Go(func() {
		if res, err := h.Client().Do(r); err == nil {
			res.Body.Close()
			t.Error("answered")
		}
	})
	<-running
	leave()
	wait.Wait()
	<-gone
	for {
		again := h.send(t, invite(`{"email":"a"}`, "k"))
		if again.status == 409 && again.problem(t).Code == apierr.Conflict {
			continue // the first is being kept this moment
		}
		if again.status != 201 || s.calls.Load() != 1 {
			t.Fatalf("%d %s, %d calls", again.status, again.body, s.calls.Load())
		}
		return
	}
}
