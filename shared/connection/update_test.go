package connection_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

func ptr[T any](v T) *T { return &v }

func TestUpdate(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	url := serve(t, src.ServeHTTP) + "/spec.json?token=hush-hush"
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: url, BaseURL: "https://a.example.com/v1",
		AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("first")}})
	check(t, err)

	refused := []struct {
		name    string
		version int64
		in      connection.UpdateInput
		code    apierr.Code
		paths   map[string]string
	}{
		{"stale", 7, connection.UpdateInput{Name: ptr("x")}, apierr.VersionStale, map[string]string{"header.If-Match": "stale"}},
		{"empty name", 0, connection.UpdateInput{Name: ptr(" ")}, apierr.ValidationFailed, map[string]string{"/name": "required"}},
		{"no document", 0, connection.UpdateInput{SpecURL: ptr("")}, apierr.ValidationFailed, map[string]string{"/specUrl": "required"}},
		{"another host, old credential", 0, connection.UpdateInput{BaseURL: ptr("https://evil.example.com")}, apierr.ValidationFailed, map[string]string{"/authConfig": "required"}},
		{"another port, old credential", 0, connection.UpdateInput{BaseURL: ptr("https://a.example.com:8443/v1")}, apierr.ValidationFailed, map[string]string{"/authConfig": "required"}},
		{"http, old credential", 0, connection.UpdateInput{BaseURL: ptr("http://a.example.com/v1")}, apierr.ValidationFailed, map[string]string{"/authConfig": "required"}},
		{"document's server, old credential", 0, connection.UpdateInput{BaseURL: ptr("")}, apierr.ValidationFailed, map[string]string{"/authConfig": "required"}},
		{"type without its fields", 0, connection.UpdateInput{AuthType: ptr(connection.AuthAPIKey)}, apierr.ValidationFailed, map[string]string{"/authConfig/value": "required"}},
		{"OAUTH", 0, connection.UpdateInput{AuthType: ptr(connection.AuthOAuth)}, apierr.ValidationFailed, map[string]string{"/authConfig/clientId": "required"}},
		{"bad document", 0, connection.UpdateInput{SpecDocument: ptr(connection.Text("{}"))}, apierr.SpecInvalid, nil},
	}
	for _, r := range refused {
		_, err := h.Update(ctx, c.ID, r.version, r.in)
		e := wantCode(t, err, r.code)
		if diff := cmp.Diff(r.paths, paths(e)); r.paths != nil && diff != "" {
			t.Errorf("%s: %s", r.name, diff)
		}
	}
	if got, _ := h.Get(ctx, c.ID); cmp.Diff(c, got) != "" {
		t.Errorf("a refused change left %s", cmp.Diff(c, got))
	}

	token := func() string {
		cred, err := h.Credential(trying(ctx), c.ID)
		check(t, err)
		return cred.Token.Reveal() + " " + strings.Join(cred.Origins, " ")
	}
	up, err := h.Update(ctx, c.ID, 1, connection.UpdateInput{Name: ptr("q"), BaseURL: ptr("https://a.example.com/v2"), SpecURL: ptr(c.SpecURL)})
	check(t, err) // the masked address that was read, sent back, is no change
	if up.Version != 2 || up.Name != "q" || up.BaseURL != "https://a.example.com/v2" || token() != "first https://a.example.com" {
		t.Errorf("%+v with %s", up, token())
	}
	if n, _ := src.counts(); n != 1 {
		t.Errorf("%d requests", n)
	}
	up, err = h.Update(ctx, c.ID, 2, connection.UpdateInput{BaseURL: ptr("https://b.example.com"), AuthConfig: &connection.AuthConfig{Token: secret.New("second")}})
	check(t, err)
	if token() != "second https://b.example.com" || up.Version != 3 {
		t.Errorf("%+v with %s", up, token())
	}
	if _, err := h.Refresh(ctx, c.ID); err != nil {
		t.Errorf("the sealed address is lost: %v", err)
	}
	up, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{AuthType: ptr(connection.AuthNone), SpecDocument: ptr(connection.Text(pets))})
	check(t, err)
	if up.AuthType != connection.AuthNone || len(up.Auth.Set) != 0 || up.SpecURL != "" {
		t.Errorf("%+v", up)
	}
	if _, err := h.store.Get(ctx, table.Key{PK: "CON-CRED", SK: c.ID}); err == nil {
		t.Error("the credential is still there")
	}
	if v, err := h.trail.Verify(ctx); err != nil || !v.OK {
		t.Errorf("chain %+v %v", v, err)
	}
}

// TestUpdateRace: of changes to the same version one wins; without a version all do.
func TestUpdateRace(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone})
	check(t, err)
	var mu sync.Mutex
	won, stale := 0, 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := h.Update(ctx, c.ID, 1, connection.UpdateInput{Name: ptr("x")})
			mu.Lock()
			defer mu.Unlock()
			switch apierr.CodeOf(err) {
			case "":
				won++
			case apierr.VersionStale:
				stale++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 || stale != 7 {
		t.Errorf("%d won, %d stale", won, stale)
	}
}

type use struct {
	mu   sync.Mutex
	refs []connection.WorkflowRef
}

func (u *use) set(refs ...connection.WorkflowRef) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.refs = refs
}

func (u *use) UsingConnection(context.Context, string) ([]connection.WorkflowRef, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.refs, nil
}

func TestDelete(t *testing.T) {
	t.Parallel()
	users := &use{}
	h, ctx := newHome(t, options{workflows: users}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
	check(t, err)
	h.Used(ctx, c.ID, nil)
	users.set(connection.WorkflowRef{ID: "wfl_1", Name: "Nightly"})
	e := wantCode(t, h.Delete(ctx, c.ID), apierr.Conflict)
	if !strings.Contains(e.Detail, `"Nightly" (wfl_1)`) {
		t.Errorf("detail %s", e.Detail)
	}
	users.set()
	check(t, h.Delete(ctx, c.ID))
	for _, pk := range []string{"CON", "CON-CRED", "CON-STATE"} {
		if _, err := h.store.Get(ctx, table.Key{PK: pk, SK: c.ID}); err == nil {
			t.Errorf("%s is still there", pk)
		}
	}
	wantCode(t, h.Delete(ctx, c.ID), apierr.NotFound)
	wantCode(t, h.Delete(ctx, "con_../x"), apierr.NotFound)
	recs := h.records(t, ctx)
	if last := recs[len(recs)-1]; last.Action != connection.ActionDelete || last.Resource != c.ID {
		t.Errorf("%+v", last)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone})
	check(t, err)
	get := func() connection.Connection {
		got, err := h.Get(ctx, c.ID)
		check(t, err)
		return got
	}
	start := h.clock.now()
	h.Used(ctx, c.ID, nil)
	h.clock.forward(59 * time.Second)
	h.Used(ctx, c.ID, nil)
	if got := get(); !got.LastUsed.Equal(start) {
		t.Errorf("last used %s: more than one note a minute", got.LastUsed)
	}
	h.clock.forward(time.Second)
	h.Used(ctx, c.ID, nil)
	h.Used(ctx, "con_unknown", nil) // harms nobody
	if got := get(); !got.LastUsed.Equal(start.Add(time.Minute)) || got.Version != 1 {
		t.Errorf("last used %s at version %d", got.LastUsed, got.Version)
	}
	// What the API says of its limits goes with the note; that it wants to be left alone
	// for long does not wait for the next.
	quotas := []ratelimit.Quota{{Limit: 10, Remaining: 3, At: h.clock.now()}}
	h.Used(ctx, c.ID, &connection.Limits{At: h.clock.now(), Quotas: quotas})
	if got := get(); got.Limits != nil {
		t.Errorf("%+v within the minute", got.Limits)
	}
	h.clock.forward(time.Second)
	until := h.clock.now().Add(10 * time.Minute)
	for range 2 {
		h.Used(ctx, c.ID, &connection.Limits{At: h.clock.now(), BlockedUntil: until, Quotas: quotas})
		if got := get(); got.Limits == nil || !got.Limits.BlockedUntil.Equal(until) || len(got.Limits.Quotas) != 1 {
			t.Errorf("%+v", got.Limits)
		}
		h.clock.forward(time.Second)
	}
	if got := get(); !got.LastUsed.Equal(h.clock.now().Add(-2 * time.Second)) {
		t.Errorf("last used %s: one block is noted once", got.LastUsed)
	}
	before := len(h.records(t, ctx))
	for range 3 {
		check(t, h.MarkStatus(ctx, c.ID, connection.StatusCredentialsInvalid, "401"))
	}
	if got := get(); got.Status != connection.StatusCredentialsInvalid || got.StatusDetail != "401" {
		t.Errorf("%+v", got)
	}
	list, _, err := h.List(ctx, 10, "")
	check(t, err)
	if list[0].Status != connection.StatusCredentialsInvalid || list[0].LastUsed.IsZero() {
		t.Errorf("listed %+v", list[0])
	}
	check(t, h.MarkStatus(ctx, c.ID, connection.StatusActive, ""))
	if got := get(); got.Status != connection.StatusActive || got.StatusDetail != "" {
		t.Errorf("%+v", got)
	}
	if h.MarkStatus(ctx, c.ID, connection.StatusImporting, "") == nil {
		t.Error("a call cannot find IMPORTING")
	}
	recs := h.records(t, ctx)[before:]
	if len(recs) != 2 || recs[0].Level != audit.Warn || recs[1].Level != audit.Info {
		t.Errorf("%+v", recs)
	}
}

// TestRefresh follows a document through its changes.
func TestRefresh(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	users := &use{}
	users.set(connection.WorkflowRef{ID: "wfl_1", Name: "a", Operations: []string{"listPets"}},
		connection.WorkflowRef{ID: "wfl_2", Name: "b", Operations: []string{"GET /pets/{id}", "listPets"}},
		connection.WorkflowRef{ID: "wfl_3", Name: "c", Operations: []string{"unknown"}})
	h, ctx := newHome(t, options{workflows: users}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), BaseURL: "https://a.example.com",
		AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
	check(t, err)

	out, err := h.Refresh(ctx, c.ID)
	check(t, err)
	if out.Changed || out.Stale || out.Connection.Version != 1 {
		t.Errorf("%+v", out)
	}
	if n, notMod := src.counts(); n != 2 || notMod != 1 {
		t.Errorf("%d requests, %d of them conditional and answered so", n, notMod)
	}
	src.set("", http.StatusInternalServerError)
	out, err = h.Refresh(ctx, c.ID)
	check(t, err)
	if out.Changed || !out.Stale || !out.Connection.SpecStale || out.Connection.SpecHash != c.SpecHash {
		t.Errorf("%+v", out)
	}
	src.set("", http.StatusNotFound)
	_, err = h.Refresh(ctx, c.ID)
	wantCode(t, err, apierr.SpecUnreachable)

	changed := strings.NewReplacer(
		`"get":{"operationId":"getPet","summary":"Read one pet","responses":{"200":{"description":"ok"}}},`, ``,
		`"name":"limit","in":"query",`, `"name":"limit","in":"query","required":true,`,
		`"required":["name"]`, `"required":["name","kind"]`,
		`"/pets/{id}":{`, `"/owners":{"get":{"operationId":"owners","responses":{}}},"/pets/{id}":{`,
	).Replace(pets)
	src.set(changed, 0)
	out, err = h.Refresh(ctx, c.ID)
	check(t, err)
	var got []string
	for _, ch := range out.Breaking {
		got = append(got, ch.Operation+" "+ch.Code+" "+ch.Path)
	}
	want := []string{"listPets parameter_required query.limit", "addPet field_required body.kind", "getPet operation_removed "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	affected := []connection.WorkflowRef{{ID: "wfl_1", Name: "a", Operations: []string{"listPets"}}, {ID: "wfl_2", Name: "b", Operations: []string{"GET /pets/{id}", "listPets"}}}
	if diff := cmp.Diff(affected, out.AffectedWorkflows); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(strings.Join(out.Connection.Risk.Reasons, " "), "does not name the host a.example.com") {
		t.Errorf("risk %+v", out.Connection.Risk)
	}
	if !out.Changed || out.Added != 1 || out.Stale || out.Connection.SpecStale || out.Connection.BaseURL != "https://a.example.com" || out.Connection.SpecHash == c.SpecHash {
		t.Errorf("%+v", out)
	}
	if cred, err := h.Credential(trying(ctx), c.ID); err != nil || cred.Token.Reveal() != "t" || cred.Origins[0] != "https://a.example.com" {
		t.Errorf("the credential did not stay: %+v, %v", cred, err)
	}
	up, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone})
	check(t, err)
	_, err = h.Refresh(ctx, up.ID)
	wantCode(t, err, apierr.ValidationFailed)
}
