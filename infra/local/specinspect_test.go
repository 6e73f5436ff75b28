package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSpecInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	petstore, err := sampleFiles.ReadFile("samples/petstore.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(petstore); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain, gz := file("petstore.yaml", petstore), file("petstore.yaml.gz", packed.Bytes())
	none := file("none.json", []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{}}`))
	cut := file("cut.gz", packed.Bytes()[:packed.Len()/2])
	html := file("page.html", []byte("<html></html>"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(petstore) }))
	defer server.Close()
	for name, c := range map[string]struct {
		args       []string
		status     int
		operations []int
		codes      []string // the first error's, "" for none
	}{
		"file":       {[]string{plain}, 0, []int{19}, []string{""}},
		"several":    {[]string{plain, gz}, 0, []int{19, 19}, []string{"", ""}},
		"one is not": {[]string{html, plain}, 1, []int{0, 19}, []string{"html", ""}},
		"not there":  {[]string{filepath.Join(dir, "missing"), plain}, 1, []int{0, 19}, []string{"unreadable", ""}},
		"a folder":   {[]string{dir}, 1, []int{0}, []string{"unreadable"}},
		"cut gzip":   {[]string{cut}, 1, []int{0}, []string{"gzip"}},
		"no path":    {[]string{none}, 0, []int{0}, []string{""}},
		"a URL":      {[]string{server.URL}, 0, []int{19}, []string{""}},
	} {
		var stdout, stderr bytes.Buffer
		status := run(context.Background(), append([]string{"spec", "inspect"}, c.args...), streams{out: &stdout, err: &stderr})
		lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
		if status != c.status || len(lines) != len(c.args) {
			t.Errorf("%s: status %d, %d lines: %s%s", name, status, len(lines), &stdout, &stderr)
			continue
		}
		for i, text := range lines {
			var line map[string]any
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
			fields := []string{"cpuMs", "errors", "file", "format", "operations", "peakMB", "version", "warnings"}
			if have := slices.Sorted(maps.Keys(line)); !slices.Equal(have, fields) {
				t.Errorf("%s: fields %v", name, have)
			}
			code := ""
			if faults, _ := line["errors"].([]any); len(faults) > 0 {
				first, _ := faults[0].(map[string]any)
				code, _ = first["code"].(string)
			}
			if line["file"] != c.args[i] || line["operations"] != float64(c.operations[i]) || code != c.codes[i] {
				t.Errorf("%s: %s", name, text)
			}
		}
		if progress := strings.Contains(stderr.String(), "1/"); progress != (len(c.args) > 1) {
			t.Errorf("%s: progress %q", name, &stderr)
		}
	}
}

// TestSpecInspectLint: what the import found is told once, and so is why there is no
// validation.
func TestSpecInspectLint(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, codes string }{
		"missing": {`{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Lost"}}}}}}}}}`,
			"missing_ref libopenapi"},
		"cycle": {`{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{}}}},"components":{"schemas":{"S":{"$ref":"#/components/schemas/S"}}}}`,
			"ref_cycle report_unavailable"},
	} {
		file := filepath.Join(t.TempDir(), "doc.json")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		var line struct{ Warnings []struct{ Code string } }
		if status := run(context.Background(), []string{"spec", "inspect", "--lint", file}, streams{out: &stdout, err: &stderr}); status != 0 || json.Unmarshal(stdout.Bytes(), &line) != nil {
			t.Fatalf("%s: status %d: %s%s", name, status, &stdout, &stderr)
		}
		var codes []string
		for _, w := range line.Warnings {
			codes = append(codes, w.Code)
		}
		if got := strings.Join(codes, " "); got != tt.codes {
			t.Errorf("%s: %s, want %s", name, got, tt.codes)
		}
	}
}
