package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/apiq/apiq/"

type pkg struct {
	ImportPath string
	Imports    []string
	Error      *struct{ Err string }
}

// layerOf finds the row of a package: its own, else the longest that covers it.
func layerOf(path string) (layer, bool) {
	best, found := row{}, false
	for _, r := range rows {
		prefix, open := strings.CutSuffix(r.path, "/...")
		if path != prefix && (!open || !strings.HasPrefix(path, prefix+"/")) {
			continue
		}
		if !found || len(prefix) > len(strings.TrimSuffix(best.path, "/...")) {
			best, found = r, true
		}
	}
	return best.layer, found
}

func load(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Imports,Error", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		if path, ours := strings.CutPrefix(p.ImportPath, module); ours {
			if p.Error != nil {
				t.Errorf("%s: %s", path, p.Error.Err)
			}
			p.ImportPath = path
			all = append(all, p)
		}
	}
}

// TestArrows keeps arrows 1 to 3 of docs/architecture.md.
func TestArrows(t *testing.T) {
	t.Parallel()
	all := load(t)
	if len(all) < 20 {
		t.Fatalf("go list knows of %d packages only", len(all))
	}
	seen := map[layer]bool{}
	for _, p := range all {
		from, ok := layerOf(p.ImportPath)
		if !ok {
			t.Errorf("%s has no layer: give it a row in table_test.go", p.ImportPath)
			continue
		}
		seen[from] = true
		for _, imported := range p.Imports {
			judgeVendor(t, p.ImportPath, imported)
			path, ours := strings.CutPrefix(imported, module)
			if !ours || inFamily(p.ImportPath, path) || isBeside(from, path) {
				continue
			}
			if to, ok := layerOf(path); ok && !slices.Contains(below[from].allowed, to) {
				t.Errorf("%s (%s) imports %s (%s): %s", p.ImportPath, from, path, to, below[from].why)
			}
		}
	}
	for _, l := range []layer{word, port, domain, adapter, edge, api, start, binary} {
		if !seen[l] {
			t.Errorf("no package is %s: the table has drifted from the tree", l)
		}
	}
}

func inFamily(a, b string) bool {
	root := func(p string) string {
		if r, ok := family[p]; ok {
			return r
		}
		return p
	}
	return root(a) == root(b)
}

func isBeside(from layer, to string) bool {
	for _, b := range beside {
		if b.from == from && b.to == to {
			return true
		}
	}
	return false
}

func judgeVendor(t *testing.T, from, imported string) {
	t.Helper()
	for _, v := range vendors {
		if (imported == v.prefix || strings.HasPrefix(imported, strings.TrimSuffix(v.prefix, "/")+"/")) && !slices.Contains(v.only, from) {
			t.Errorf("%s imports %s: %s", from, imported, v.why)
		}
	}
}

// TestRows: every row stands for a package that is there.
func TestRows(t *testing.T) {
	t.Parallel()
	all := load(t)
	for _, r := range rows {
		prefix, open := strings.CutSuffix(r.path, "/...")
		if r.why == "" || below[r.layer].why == "" {
			t.Errorf("%s: no reason", r.path)
		}
		if !slices.ContainsFunc(all, func(p pkg) bool {
			return p.ImportPath == prefix || (open && strings.HasPrefix(p.ImportPath, prefix+"/"))
		}) {
			t.Errorf("%s: there is no such package", r.path)
		}
	}
}
