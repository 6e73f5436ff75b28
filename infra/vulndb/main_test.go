package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJudge: what is reached in a module of ours fails; in Go's own packages it is
// told; what is only there counts for nothing.
func TestJudge(t *testing.T) {
	t.Parallel()
	const config = `{"config":{"go_version":"go1.26.8"}}`
	for name, c := range map[string]struct{ in, says, fails string }{
		"nothing": {config, "no module of go.mod", ""},
		"reached": {config + `{"finding":{"osv":"GO-1","fixed_version":"v1.2.0","trace":[{"module":"example.com/m","version":"v1.1.0","package":"example.com/m/p","function":"F"}]}}`,
			"GO-1 example.com/m@v1.1.0 example.com/m/p.F, mended in v1.2.0", "1 known vulnerabilities are reached"},
		"there only": {config + `{"finding":{"osv":"GO-1","trace":[{"module":"example.com/m","version":"v1.1.0","package":"example.com/m/p"}]}}`, "no module", ""},
		"there, and only modules were looked at": {`{"config":{"scan_level":"module"}}{"finding":{"osv":"GO-1","trace":[{"module":"example.com/m","version":"v1.1.0"}]}}`,
			"GO-1 example.com/m@v1.1.0", "1 known vulnerabilities are reached"},
		"Go's own": {config + `{"finding":{"osv":"GO-2","fixed_version":"v1.26.9","trace":[{"module":"stdlib","version":"v1.26.8","package":"net/http","function":"Get"}]}}`,
			"go1.26.8, which builds here, has 1", ""},
		"something else": {`{}`, "", "not what govulncheck writes"},
		"cut off":        {config + `{"finding":`, "", "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := judge(strings.NewReader(c.in), &out, nil, time.Time{})
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("it says %q, want %q", out.String(), c.says)
			}
			if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%v, want %q", err, c.fails)
			}
		})
	}
}

// TestAccept: what is accepted is told, and counts again when its day has come.
func TestAccept(t *testing.T) {
	t.Parallel()
	accepted, err := accept(strings.NewReader("# why\n\nGO-1 2027-01-01 nothing here asks it\n"))
	if err != nil {
		t.Fatal(err)
	}
	const in = `{"config":{}}{"finding":{"osv":"GO-1","trace":[{"module":"example.com/m","function":"F"}]}}`
	var out strings.Builder
	day := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	if err := judge(strings.NewReader(in), &out, accepted, day); err != nil || !strings.Contains(out.String(), "GO-1 is accepted until 2027-01-01: nothing here asks it") {
		t.Errorf("%v, %q", err, out.String())
	}
	if err := judge(strings.NewReader(in), &out, accepted, day.AddDate(0, 0, 1)); err == nil {
		t.Error("it is accepted beyond its day")
	}
	for _, line := range []string{"GO-1", "GO-1 soon why", "GO-1 2027-01-01"} {
		if _, err := accept(strings.NewReader(line)); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}

// TestBuild: withdrawn ones are left out; an empty folder and a file of another name
// are refused.
func TestBuild(t *testing.T) {
	t.Parallel()
	from, to := t.TempDir(), t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(from, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := build(from, to); err == nil {
		t.Error("a folder without vulnerabilities is taken")
	}
	write("GO-1.json", `{"id":"GO-1","affected":[{"package":{"name":"example.com/b"}},{"package":{"name":"example.com/a"}},{"package":{"name":"example.com/a"}}]}`)
	write("GO-2.json", `{"id":"GO-2","withdrawn":"2026-01-01T00:00:00Z","affected":[{"package":{"name":"example.com/a"}}]}`)
	if n, err := build(from, to); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	index, err := os.ReadFile(filepath.Join(to, "index", "modules.json"))
	const want = `[{"path":"example.com/a","vulns":[{"id":"GO-1","modified":"0001-01-01T00:00:00Z"}]},{"path":"example.com/b","vulns":[{"id":"GO-1","modified":"0001-01-01T00:00:00Z"}]}]`
	if err != nil || string(index) != want {
		t.Errorf("%s, %v\nwant %s", index, err, want)
	}
	write("GO-3.json", `{"id":"GO-4"}`)
	if _, err := build(from, to); err == nil {
		t.Error("a file of another's name is taken")
	}
}
