package connection_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec/diff"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func TestEndpoints(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone})
	check(t, err)
	ids := func(hits []connection.EndpointHit) (out []string) {
		for _, h := range hits {
			out = append(out, h.ID)
		}
		return out
	}
	var all []string
	cursor := ""
	for {
		hits, next, err := h.Endpoints(ctx, c.ID, "", 3, cursor)
		check(t, err)
		all = append(all, ids(hits)...)
		if cursor = next; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"listPets", "addPet", "getPet", "deletePet"}, all); diff != "" {
		t.Error(diff)
	}
	hits, _, err := h.Endpoints(ctx, c.ID, "remove pet", 10, "")
	check(t, err)
	if len(hits) == 0 || hits[0].ID != "deletePet" || hits[0].Score <= 0 {
		t.Errorf("%+v", hits)
	}
	first, next, err := h.Endpoints(ctx, c.ID, "pet", 1, "")
	check(t, err)
	second, _, err := h.Endpoints(ctx, c.ID, "pet", 1, next)
	check(t, err)
	if len(first) != 1 || len(second) != 1 || first[0].ID == second[0].ID {
		t.Errorf("%v then %v", ids(first), ids(second))
	}
	none, end, err := h.Endpoints(ctx, c.ID, "zeppelin", 10, "")
	if err != nil || none == nil || len(none) != 0 || end != "" {
		t.Errorf("%v, %q, %v", none, end, err)
	}
	for _, bad := range []string{"x", "AAAAAAAAAAAAAAAA", next + "A"} {
		_, _, err := h.Endpoints(ctx, c.ID, "pet", 1, bad)
		wantCode(t, err, apierr.ValidationFailed)
	}
	_, _, err = h.Endpoints(ctx, c.ID, "another query", 1, next)
	wantCode(t, err, apierr.ValidationFailed)
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthNone})
	check(t, err)
	e, err := h.Endpoint(ctx, c.ID, "addPet")
	check(t, err)
	again, err := h.Endpoint(ctx, c.ID, "POST /pets")
	check(t, err)
	if diff := cmp.Diff(e, again); diff != "" {
		t.Error(diff)
	}
	schema := string(e.Body.Content[0].Schema)
	if !json.Valid([]byte(schema)) || strings.Contains(schema, "#/components") || !strings.Contains(schema, `"name"`) {
		t.Errorf("schema %s", schema)
	}
	sample, _ := e.Sample.Body.(map[string]any)
	if _, ok := sample["name"]; !ok || e.Sample.MediaType != "application/json" {
		t.Errorf("sample %+v", e.Sample)
	}
	if len(e.Security) != 1 || e.Schemes["key"].Name != "api_key" {
		t.Errorf("security %v %v", e.Security, e.Schemes)
	}
	one, err := h.Endpoint(ctx, c.ID, "getPet")
	check(t, err)
	if _, ok := one.Sample.Parameters["id"]; !ok || len(one.Parameters) != 1 {
		t.Errorf("%+v", one)
	}
	_, err = h.Endpoint(ctx, c.ID, "nothing")
	wantCode(t, err, apierr.NotFound)
}

func TestRisk(t *testing.T) {
	t.Parallel()
	const reads = `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"servers":[{"url":"%s"}],"paths":{"/a":{"get":{"responses":{}}}}}`
	cases := map[string]struct {
		doc, base string
		token     bool
		level     string
		says      string
	}{
		"reads only":           {fmt.Sprintf(reads, "https://e.com"), "", false, "low", ""},
		"plain http":           {fmt.Sprintf(reads, "http://e.com"), "", false, "medium", "unencrypted"},
		"credential over http": {fmt.Sprintf(reads, "http://e.com"), "", true, "high", "credential travels unencrypted"},
		"other host":           {fmt.Sprintf(reads, "https://e.com"), "https://f.com", false, "medium", "does not name the host f.com"},
		"loopback http":        {fmt.Sprintf(reads, "http://127.0.0.1:8099"), "", false, "low", ""},
		"destructive":          {pets, "", true, "medium", "1 of them cannot be taken back"},
		"no credential":        {pets, "", false, "medium", "asks for a credential"},
	}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	for name, c := range cases {
		input := connection.CreateInput{Name: name, SpecDocument: connection.Text(c.doc), BaseURL: c.base, AuthType: connection.AuthNone}
		if c.token {
			input.AuthType, input.AuthConfig = connection.AuthBearer, bearer("").AuthConfig
		}
		got, err := h.Create(ctx, input)
		check(t, err)
		if got.Risk.Level != c.level || !strings.Contains(strings.Join(got.Risk.Reasons, "\n"), c.says) {
			t.Errorf("%s: %+v", name, got.Risk)
		}
	}
}

// TestHostile reads every operation of documents made to break parsers, and
// compares each document with itself.
func TestHostile(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/hostile/ to run this on hostile documents")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "hostile", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no hostile documents: %v", err)
	}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		check(t, err)
		src := &source{body: string(raw)}
		start := time.Now()
		c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), BaseURL: "https://e.com", AuthType: connection.AuthNone})
		if code := apierr.CodeOf(err); code == apierr.SpecInvalid {
			continue
		}
		check(t, err)
		hits, _, err := h.Endpoints(ctx, c.ID, "", 100, "")
		check(t, err)
		for _, hit := range hits {
			e, err := h.Endpoint(ctx, c.ID, hit.ID)
			check(t, err)
			if _, err := json.Marshal(e); err != nil {
				t.Errorf("%s %s: %v", filepath.Base(file), hit.ID, err)
			}
		}
		src.set(string(raw)+"\n", 0)
		out, err := h.Refresh(ctx, c.ID)
		check(t, err)
		if !out.Changed || len(out.Breaking) != 0 {
			t.Errorf("%s against itself: %+v", filepath.Base(file), out.Breaking)
		}
		t.Logf("%s: %d operations in %s", filepath.Base(file), len(hits), time.Since(start))
	}
}

// TestCompareLarge: GitHub's document against itself with one operation taken out.
func TestCompareLarge(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on a real document")
	}
	raw := spectest.Read(t, filepath.Join(data, "specs", "github.json.gz"))
	src := &source{body: string(raw)}
	h, ctx := newHome(t, options{library: library.Options{LargeBytes: 64 << 20}}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), AuthType: connection.AuthNone})
	check(t, err)
	changed := strings.Replace(string(raw), `"/zen"`, `"/zen2"`, 1)
	src.set(changed, 0)
	start := time.Now()
	out, err := h.Refresh(ctx, c.ID)
	check(t, err)
	if len(out.Breaking) != 1 || out.Breaking[0].Code != diff.OperationMoved || out.Added != 0 {
		t.Errorf("%+v, %d added", out.Breaking, out.Added)
	}
	t.Logf("refresh with %d operations compared in %s", out.Connection.EndpointCount, time.Since(start))
}
