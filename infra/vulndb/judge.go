package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// message is what govulncheck writes as JSON, as far as it matters here.
type message struct {
	Config *struct {
		GoVersion string `json:"go_version"`
		ScanLevel string `json:"scan_level"`
	} `json:"config"`
	Finding *finding `json:"finding"`
}

type finding struct {
	OSV   string `json:"osv"`
	Fixed string `json:"fixed_version"`
	Trace []struct {
		Module   string `json:"module"`
		Version  string `json:"version"`
		Package  string `json:"package"`
		Function string `json:"function"`
	} `json:"trace"`
}

// standard is the module of Go's own packages.
const standard = "stdlib"

// judge tells the vulnerabilities that are reached, or, where only modules were looked
// at, those that are there. One in a module that go.mod
// chooses is an error. One in Go's own packages is told, with the version that mends
// it: which Go builds is not go.mod's to say.
//
// accepted are those that cannot hurt here, each until a day and for a reason; they
// are told too.
func judge(in io.Reader, out io.Writer, accepted map[string]acceptance, now time.Time) error {
	ours, theirs := map[string]finding{}, map[string]finding{}
	version, level, read := "", "", false
	for d := json.NewDecoder(in); ; {
		var m message
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if m.Config != nil {
			version, level, read = m.Config.GoVersion, m.Config.ScanLevel, true
		}
		if m.Finding == nil || len(m.Finding.Trace) == 0 {
			continue
		}
		if level != "module" && m.Finding.Trace[0].Function == "" {
			continue // its module or package is there, and nothing of it is called
		}
		if m.Finding.Trace[0].Module == standard {
			theirs[m.Finding.OSV] = *m.Finding
		} else {
			ours[m.Finding.OSV] = *m.Finding
		}
	}
	if !read {
		return errors.New("this is not what govulncheck writes")
	}
	if len(theirs) > 0 {
		fmt.Fprintf(out, "%s, which builds here, has %d known vulnerabilities; build releases with a Go that has none\n", version, len(theirs))
		if level != "module" {
			tell(out, theirs)
		}
	}
	for id := range ours {
		if a, ok := accepted[id]; ok && now.Before(a.until) {
			fmt.Fprintf(out, "%s is accepted until %s: %s\n", id, a.until.Format(time.DateOnly), a.why)
			delete(ours, id)
		}
	}
	if len(ours) > 0 {
		tell(out, ours)
		return fmt.Errorf("%d known vulnerabilities are reached", len(ours))
	}
	fmt.Fprintln(out, "no module of go.mod has a known vulnerability that is reached")
	return nil
}

func tell(out io.Writer, all map[string]finding) {
	ids := make([]string, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		f := all[id]
		at := f.Trace[0]
		mended := "not mended yet"
		if f.Fixed != "" {
			mended = "mended in " + f.Fixed
		}
		fmt.Fprintf(out, "  %s %s@%s %s.%s, %s\n", id, at.Module, at.Version, at.Package, at.Function, mended)
	}
}

// acceptance is one line of a file: an id, the day it ends, and why.
type acceptance struct {
	until time.Time
	why   string
}

func accept(file io.Reader) (map[string]acceptance, error) {
	all := map[string]acceptance{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		day, why, _ := strings.Cut(rest, " ")
		until, err := time.Parse(time.DateOnly, day)
		if err != nil || why == "" {
			return nil, fmt.Errorf("%q: want an id, a day and a reason", line)
		}
		all[id] = acceptance{until, why}
	}
	return all, lines.Err()
}
