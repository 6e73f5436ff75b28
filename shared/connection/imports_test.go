package connection_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// large is the pets document, filled up.
func large(n int) string {
	return strings.Replace(pets, `"title":"Pets"`, `"title":"Pets","description":"`+strings.Repeat("x", n)+`"`, 1)
}

// gate serves a document half, and the rest when it is let.
type gate struct {
	text    string
	release chan struct{}
	once    sync.Once
}

func newGate(text string) *gate { return &gate{text: text, release: make(chan struct{})} }

func (g *gate) open() { g.once.Do(func() { close(g.release) }) }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte(g.text[:len(g.text)/2]))
	w.(http.Flusher).Flush()
	select {
	case <-g.release:
		_, _ = w.Write([]byte(g.text[len(g.text)/2:]))
	case <-r.Context().Done():
	}
}

func small() options { return options{library: library.Options{LargeBytes: 32 << 10}} }

func bearer(name string) connection.CreateInput {
	return connection.CreateInput{Name: name, AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("t0k")}}
}

func (h *home) pendingImports(t *testing.T) int {
	t.Helper()
	page, err := h.store.Query(tenant.WithSystem(t.Context()), table.Query{PK: "IMPORT"})
	check(t, err)
	return len(page.Items)
}

// wantActive checks a connection that came through the background.
func wantActive(t *testing.T, h *home, workspace, id string) connection.Connection {
	t.Helper()
	ctx := in(t, workspace)
	c, err := h.Get(ctx, id)
	check(t, err)
	if c.Status != connection.StatusActive || c.EndpointCount != 4 || c.Progress != nil || c.BaseURL != "https://eu.pets.example.com/v1" {
		t.Fatalf("%s: %s, %d operations at %s", c.Status, c.StatusDetail, c.EndpointCount, c.BaseURL)
	}
	cred, err := h.Credential(trying(ctx), id)
	if err != nil || cred.Token.Reveal() != "t0k" || len(cred.Origins) != 1 || cred.Origins[0] != "https://eu.pets.example.com" {
		t.Errorf("credential %+v, %v", cred, err)
	}
	if n := h.pendingImports(t); n != 0 {
		t.Errorf("%d imports left", n)
	}
	return c
}

func TestImportInBackground(t *testing.T) {
	t.Parallel()
	g := newGate(large(128 << 10))
	input := bearer("p")
	input.SpecURL = serve(t, g.ServeHTTP)
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	c, err := h.Create(ctx, input)
	check(t, err)
	if c.Status != connection.StatusImporting || c.Progress == nil || c.Progress.Stage != "fetching" {
		t.Fatalf("%+v", c)
	}
	if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusImporting || got.Progress == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{Name: ptr("q")})
	wantCode(t, err, apierr.Conflict)
	_, err = h.Refresh(ctx, c.ID)
	wantCode(t, err, apierr.Conflict)
	_, _, err = h.Endpoints(ctx, c.ID, "", 10, "")
	wantCode(t, err, apierr.Conflict)
	g.open()
	h.Idle()
	wantActive(t, h, "wsp_a", c.ID)
	var actions []string
	for _, r := range h.records(t, ctx) {
		actions = append(actions, r.Action)
	}
	if got := strings.Join(actions, " "); got != "connection.create spec.fetch connection.import" && got != "connection.create spec.fetch spec.cache.hit connection.import" {
		t.Errorf("records %s", got)
	}
}

func TestImportUpload(t *testing.T) {
	t.Parallel()
	input := bearer("p")
	input.SpecDocument = connection.Text(large(128 << 10))
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	c, err := h.Create(ctx, input)
	check(t, err)
	if c.Status != connection.StatusImporting {
		t.Fatalf("%+v", c)
	}
	h.Idle()
	wantActive(t, h, "wsp_a", c.ID)
}

// TestImportFails: the connection says why, and a refresh can mend it.
func TestImportFails(t *testing.T) {
	t.Parallel()
	src := &source{body: strings.TrimSuffix(large(128<<10), "}")}
	input := bearer("p")
	input.SpecURL = serve(t, src.ServeHTTP)
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	c, err := h.Create(ctx, input)
	check(t, err)
	h.Idle()
	got, err := h.Get(ctx, c.ID)
	check(t, err)
	if got.Status != connection.StatusFailed || !strings.HasPrefix(got.StatusDetail, "SPEC_INVALID: ") || got.Progress != nil {
		t.Errorf("%s: %s", got.Status, got.StatusDetail)
	}
	if h.pendingImports(t) != 0 {
		t.Error("the import is still pending")
	}
	recs := h.records(t, ctx)
	if last := recs[len(recs)-1]; last.Action != connection.ActionImport || last.Code != "SPEC_INVALID" || last.Outcome != "failed" {
		t.Errorf("%+v", last)
	}
	// Its credential is bound to nothing yet: it must not be aimed elsewhere.
	_, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{BaseURL: ptr("https://evil.example.com")})
	if p := paths(wantCode(t, err, apierr.ValidationFailed)); p["/authConfig"] != "required" {
		t.Errorf("%v", p)
	}
	src.set(large(128<<10), 0)
	out, err := h.Refresh(ctx, c.ID)
	check(t, err)
	if !out.Changed {
		t.Errorf("%+v", out)
	}
	wantActive(t, h, "wsp_a", c.ID)
}

// TestImportResumes: a process that ends in the middle leaves nothing for ever.
func TestImportResumes(t *testing.T) {
	t.Parallel()
	g := newGate(large(128 << 10))
	h := newHome(t, small())
	ids := map[string]string{}
	url := serve(t, g.ServeHTTP)
	for _, workspace := range []string{"wsp_a", "wsp_b"} {
		input := bearer("p")
		input.SpecURL = url
		c, err := h.Create(in(t, workspace), input)
		check(t, err)
		ids[workspace] = c.ID
	}
	h.again()
	if n, err := h.ResumeImports(t.Context()); n != 2 || err != nil {
		t.Fatalf("%d resumed, %v", n, err)
	}
	if n, err := h.ResumeImports(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d resumed twice, %v", n, err)
	}
	g.open()
	h.Idle()
	for workspace, id := range ids {
		wantActive(t, h, workspace, id)
	}
}

// TestImportGivesUp: one that takes the process down each time ends FAILED, and a
// pending note without a connection goes away.
func TestImportGivesUp(t *testing.T) {
	t.Parallel()
	g := newGate(large(128 << 10))
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	input := bearer("p")
	input.SpecURL = serve(t, g.ServeHTTP)
	c, err := h.Create(ctx, input)
	check(t, err)
	h.again()
	key := table.Key{PK: "IMPORT", SK: "wsp_a/" + c.ID}
	_, _, err = table.Modify(tenant.WithSystem(t.Context()), h.store, key, func(job *map[string]any) error {
		(*job)["attempts"] = 3
		return nil
	})
	check(t, err)
	orphan, err := table.JSONItem(table.Key{PK: "IMPORT", SK: "wsp_z/con_x"}, map[string]string{"workspace": "wsp_z", "connection": "con_x"})
	check(t, err)
	_, err = h.store.Put(tenant.WithSystem(t.Context()), orphan, table.Always())
	check(t, err)
	_, err = h.ResumeImports(t.Context())
	check(t, err)
	h.Idle()
	if got, err := h.Get(ctx, c.ID); err != nil || got.Status != connection.StatusFailed || !strings.Contains(got.StatusDetail, "interrupted") {
		t.Errorf("%+v, %v", got, err)
	}
	if n := h.pendingImports(t); n != 0 {
		t.Errorf("%d imports left", n)
	}
}

func TestDeleteWhileImporting(t *testing.T) {
	t.Parallel()
	g := newGate(large(128 << 10))
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	input := bearer("p")
	input.SpecURL = serve(t, g.ServeHTTP)
	c, err := h.Create(ctx, input)
	check(t, err)
	check(t, h.Delete(ctx, c.ID))
	g.open()
	h.Idle()
	_, err = h.Get(ctx, c.ID)
	wantCode(t, err, apierr.NotFound)
	for _, pk := range []string{"CON", "CON-CRED", "CON-STATE"} {
		if _, err := h.store.Get(ctx, table.Key{PK: pk, SK: c.ID}); err == nil {
			t.Errorf("the import brought %s back", pk)
		}
	}
	if n := h.pendingImports(t); n != 0 {
		t.Errorf("%d imports left", n)
	}
}

// TestCorpus connects real documents as they lie on disk, GitHub's and Stripe's
// (12 and 4 MB) among them.
func TestCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on real documents")
	}
	url := serve(t, http.FileServer(http.Dir(filepath.Join(data, "specs"))).ServeHTTP)
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	for file, want := range map[string]struct {
		ops        int
		background bool
		base       string
	}{
		"slack.json.gz":  {174, false, "https://slack.com/api"},
		"github.json.gz": {1223, true, "https://api.github.com"},
		"stripe.yaml.gz": {494, false, "https://api.stripe.com"},
		"museum.yaml.gz": {8, false, ""},
	} {
		start := time.Now()
		c, err := h.Create(ctx, connection.CreateInput{Name: file, SpecURL: url + "/" + file, AuthType: connection.AuthBearer,
			AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
		check(t, err)
		if (c.Status == connection.StatusImporting) != want.background {
			t.Errorf("%s is %s", file, c.Status)
		}
		answered := time.Since(start)
		h.Idle()
		c, err = h.Get(ctx, c.ID)
		check(t, err)
		if c.Status != connection.StatusActive || c.EndpointCount != want.ops || want.base != "" && c.BaseURL != want.base {
			t.Errorf("%s: %s %s, %d operations at %s", file, c.Status, c.StatusDetail, c.EndpointCount, c.BaseURL)
		}
		t.Logf("%s: answered in %s, ready in %s; %s, risk %s, %d warnings", file, answered, time.Since(start), c.BaseURL, c.Risk.Level, c.WarningCount)
		hits, _, err := h.Endpoints(ctx, c.ID, "list", 5, "")
		check(t, err)
		for _, hit := range hits {
			begin := time.Now()
			e, err := h.Endpoint(ctx, c.ID, hit.ID)
			if err != nil || e.Method == "" {
				t.Errorf("%s %s: %v", file, hit.ID, err)
			}
			t.Logf("  %s in %s", hit.ID, time.Since(begin))
		}
	}
}
