package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/connection"
)

// cover runs the command and gives its lines by id, and all that it wrote.
func runCover(t *testing.T, args ...string) (status int, lines map[string]coverLine, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(context.Background(), append([]string{"spec", "cover"}, args...), streams{out: &stdout, err: &stderr})
	lines = map[string]coverLine{}
	for text := range strings.Lines(stdout.String()) {
		var line coverLine
		if strings.HasPrefix(text, "{") {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
			lines[line.ID] = line
		}
	}
	return status, lines, stdout.String() + stderr.String()
}

func TestSpecCover(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"hooks.json":  `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"webhooks":{"new":{"post":{"responses":{}}}}}`,
		"odd.json":    `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a/{id}":{"delete":{"responses":{"204":{"description":""}}}}}}`,
		"broken.yaml": "<html>not a document</html>",
		"notes.txt":   "not looked at",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range samples() {
		raw, err := sampleFiles.ReadFile("samples/" + s.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.file), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	table := filepath.Join(t.TempDir(), "table.txt")
	status, lines, out := runCover(t, "--dir", dir, "--table", table)
	if status != 1 || len(lines) != 6 {
		t.Errorf("status %d, %d lines: a document without operations must be told\n%s", status, len(lines), out)
	}
	for id, operations := range map[string]int{"petstore": 19, "museum": 8, "gitea": 482} {
		l := lines[id]
		if l.Operations != operations || l.Status != 200 || l.Valid == nil || !*l.Valid || l.Lost || l.Auth == connection.AuthNone {
			t.Errorf("%s: %+v", id, l)
		}
	}
	if l := lines["broken"]; !l.Lost || l.Error == "" || l.Valid != nil {
		t.Errorf("broken: %+v", l)
	}
	if l := lines["hooks"]; l.Lost || l.Operation != "" {
		t.Errorf("webhooks only: %+v", l)
	}
	if l := lines["odd"]; l.Lost || l.Operations != 1 || l.Operation != "" {
		t.Errorf("nothing safe: %+v", l)
	}
	written, err := os.ReadFile(table)
	if err != nil || !strings.Contains(out, string(written)) || !strings.Contains(string(written), "1 lost operations") {
		t.Errorf("the table: %v\n%s", err, written)
	}

	list := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(list, []byte(`[{"id":"museum","name":"Museum","auth":"BEARER","url":"https://example.com/"},{"id":"elsewhere","name":"E"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, lines, out := runCover(t, list, "--dir", dir); status != 0 || len(lines) != 1 || !strings.Contains(out, "elsewhere") || !strings.Contains(out, "expected BEARER") {
		t.Errorf("%d %v\n%s", status, lines, out)
	}
	if status, _, _ := runCover(t, "--dir", t.TempDir()); status != 1 {
		t.Errorf("nothing to cover: status %d", status)
	}
}

// TestPopularAPIs keeps the list of the nightly run sound.
func TestPopularAPIs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../.github/popular-apis.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []popular
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	known := []connection.AuthType{connection.AuthNone, connection.AuthAPIKey, connection.AuthBearer, connection.AuthBasic, connection.AuthOAuth}
	seen := map[string]bool{}
	for _, api := range list {
		u, err := url.Parse(api.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || api.Name == "" || api.Category == "" || api.Terms == "" || !slices.Contains(known, api.Auth) {
			t.Errorf("%+v: %v", api, err)
		}
		if seen[api.ID] || seen[api.URL] {
			t.Errorf("%s is there twice", api.ID)
		}
		seen[api.ID], seen[api.URL] = true, true
	}
	if len(list) < 60 {
		t.Errorf("%d APIs, want 60", len(list))
	}
}

// TestCorpusCover covers the real documents: none loses an operation, and where
// there is a safe one its answer is valid.
func TestCorpusCover(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("corpus left out: DATA is not set")
	}
	status, lines, out := runCover(t, "--dir", filepath.Join(data, "specs"))
	if status != 0 || len(lines) < 31 {
		t.Errorf("status %d, %d lines\n%s", status, len(lines), out)
	}
	for id, l := range lines {
		if l.Operation != "" && (l.Valid == nil || !*l.Valid) {
			t.Errorf("%s: %+v", id, l)
		}
	}
}
