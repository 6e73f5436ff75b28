package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpecDiff: the exit status says whether anything breaks.
func TestSpecDiff(t *testing.T) {
	t.Parallel()
	const text = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","summary":"A","responses":{"200":{"description":"ok"}}}}}}`
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := file("old.json", text)
	for name, tc := range map[string]struct {
		args   []string
		status int
		out    string
	}{
		"the same":   {[]string{old, old}, 0, "0 breaking, 0 harmless"},
		"harmless":   {[]string{old, file("b.json", strings.Replace(text, `"A"`, `"B"`, 1))}, 0, "harmless  a"},
		"breaking":   {[]string{old, file("c.json", strings.Replace(text, `"/a"`, `"/c"`, 1))}, 1, "GET /a is now GET /c."},
		"json":       {[]string{old, file("c.json", strings.Replace(text, `"/a"`, `"/c"`, 1)), "--json"}, 1, `"breaking":1`},
		"no file":    {[]string{old, old + ".not"}, 2, ""},
		"no OpenAPI": {[]string{old, file("d.json", `{}`)}, 2, ""},
		"one only":   {[]string{old}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			status := run(t.Context(), append([]string{"spec", "diff"}, tc.args...), streams{&out, &errs})
			if status != tc.status || !strings.Contains(out.String(), tc.out) {
				t.Errorf("status %d, want %d:\n%s%s", status, tc.status, out.String(), errs.String())
			}
			if strings.Contains(name, "json") && !json.Valid(out.Bytes()) {
				t.Errorf("no JSON: %s", out.String())
			}
		})
	}
}
