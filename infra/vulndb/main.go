// Command vulndb makes a vulnerability database that govulncheck reads from a folder
// (https://go.dev/doc/security/vuln/database, API v1) out of the OSV files of the Go
// project's own collection, a pinned module: so CI asks no service. And it judges what
// govulncheck found.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// entry is what the index needs of an OSV file.
type entry struct {
	ID        string    `json:"id"`
	Modified  time.Time `json:"modified"`
	Withdrawn time.Time `json:"withdrawn"`
	Affected  []struct {
		Package struct {
			Name string `json:"name"`
		} `json:"package"`
	} `json:"affected"`
}

// module is a line of index/modules.json. The version that mends a vulnerability is
// left out: without it each one is looked at in full.
type module struct {
	Path  string `json:"path"`
	Vulns []vuln `json:"vulns"`
}

type vuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "index":
		var n int
		if n, err = build(args[1], args[2]); err == nil {
			fmt.Printf("%d vulnerabilities\n", n)
		}
	case len(args) == 2 && args[0] == "judge":
		var f *os.File
		if f, err = os.Open(args[1]); err != nil {
			break
		}
		var accepted map[string]acceptance
		if accepted, err = accept(f); err == nil {
			err = judge(os.Stdin, os.Stdout, accepted, time.Now())
		}
		err = errors.Join(err, f.Close())
	default:
		fmt.Fprintln(os.Stderr, "usage: vulndb index OSV-FOLDER OUT-FOLDER | vulndb judge ACCEPTED <what govulncheck -format json printed")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulndb:", err)
		os.Exit(1)
	}
}

// build copies the files of a folder and writes the index over them.
func build(from, to string) (int, error) {
	files, err := filepath.Glob(filepath.Join(from, "GO-*.json"))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, errors.New("no GO-*.json in " + from)
	}
	for _, folder := range []string{"ID", "index"} {
		if err := os.MkdirAll(filepath.Join(to, folder), 0o750); err != nil {
			return 0, err
		}
	}
	byPath := map[string]*module{}
	for _, file := range files {
		raw, err := os.ReadFile(file) //nolint:gosec // the folder is the caller's
		if err != nil {
			return 0, err
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		if e.ID+".json" != filepath.Base(file) {
			return 0, fmt.Errorf("%s is of %q", file, e.ID)
		}
		if !e.Withdrawn.IsZero() {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, "ID", e.ID+".json"), raw, 0o600); err != nil {
			return 0, err
		}
		for _, a := range e.Affected {
			m := byPath[a.Package.Name]
			if m == nil {
				m = &module{Path: a.Package.Name}
				byPath[m.Path] = m
			}
			if v := (vuln{e.ID, e.Modified}); !slices.Contains(m.Vulns, v) {
				m.Vulns = append(m.Vulns, v)
			}
		}
	}
	modules := make([]*module, 0, len(byPath))
	for _, m := range byPath {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b *module) int { return cmp.Compare(a.Path, b.Path) })
	err = errors.Join(write(filepath.Join(to, "index", "modules.json"), modules),
		write(filepath.Join(to, "index", "db.json"), struct {
			Modified time.Time `json:"modified"`
		}{time.Now().UTC()}))
	return len(files), err
}

func write(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}
