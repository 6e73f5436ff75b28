package builtin_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
)

// data is the folder of the shared corpora, or the test is skipped.
func data(t testing.TB) string {
	t.Helper()
	d := os.Getenv("DATA")
	if d == "" {
		t.Skip("DATA is not set: it names the folder with the planning corpora (plan/restbench, plan/toolalpaca, …)")
	}
	return d
}

func openSpec(t testing.TB, path string) *catalog.API {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := spec.Parse(context.Background(), raw, nil)
	if err != nil {
		t.Skipf("%s: %v", path, err)
	}
	api, _, err := catalog.New(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

type task struct {
	ID, Goal string
	Spec     any
	Steps    []struct {
		Spec, Method, Path string
		Args               map[string]any
	}
}

func (x task) gold() []string {
	var out []string
	for _, s := range x.Steps {
		out = append(out, s.Method+" "+s.Path)
	}
	return out
}

// TestCorpora prints exact and correct-path rates on public goals, to steer by.
// It fails only below what was reached before, less a margin.
func TestCorpora(t *testing.T) {
	root := filepath.Join(data(t), "plan")
	now := time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC)
	planner := builtin.New(&builtin.Options{Now: func() time.Time { return now }})
	for _, set := range []struct {
		name, file string
		floor      float64 // of exact plans, in percent
		most       int
	}{
		{name: "restbench", file: "restbench/tasks.jsonl", floor: 19},
		{name: "toolalpaca", file: "toolalpaca/tasks.jsonl", floor: 65},
		{name: "arazzo", file: "arazzo/workflows.jsonl", floor: 16, most: 250},
		{name: "nestful-sgd", file: "nestful/sgd.jsonl", floor: 40},
		{name: "nestful-glaive", file: "nestful/glaive.jsonl", floor: 42},
	} {
		f, err := os.Open(filepath.Join(root, set.file))
		if err != nil {
			t.Fatal(err)
		}
		apis := map[string]*catalog.API{}
		exact, path, plus, n, answered := 0, 0, 0, 0, 0
		var slowest time.Duration
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<22)
		for lines.Scan() {
			var x task
			if json.Unmarshal(lines.Bytes(), &x) != nil {
				continue
			}
			name, _ := x.Spec.(string)
			if name == "" && len(x.Steps) > 0 {
				name = x.Steps[0].Spec
			}
			if set.most > 0 && n >= set.most {
				break
			}
			api, ok := apis[name]
			if !ok {
				api = openSpec(t, filepath.Join(root, name))
				apis[name] = api
			}
			n++
			began := time.Now()
			d, err := planner.Plan(context.Background(), x.Goal, catalog.NewSet(catalog.Entry{Connection: "con_1", Name: api.Title, API: api}))
			slowest = max(slowest, time.Since(began))
			var got []string
			if err == nil {
				answered++
				for _, s := range d.Steps {
					if s.Op != nil {
						got = append(got, s.Op.Method()+" "+s.Op.Spec.Path)
					}
				}
			}
			gold := x.gold()
			mark := " "
			if strings.Join(gold, "|") == strings.Join(got, "|") {
				exact++
				mark = "="
			}
			if subsequence(gold, got) {
				path++
				if len(got) <= len(gold)+2 {
					plus++
				}
				if mark == " " {
					mark = "~"
				}
			}
			if os.Getenv("VERBOSE") == set.name {
				fmt.Printf("%s %s %s\n    gold %s\n    got  %s\n", mark, x.ID, x.Goal, strings.Join(gold, " | "), strings.Join(got, " | "))
				if err == nil {
					for _, s := range d.Steps {
						for _, a := range s.Args {
							v := string(a.Value.Literal)
							if a.Value.Input != nil {
								v = "? " + a.Value.Input.Name
							} else if a.Value.Ref != nil {
								v = a.Value.Ref.Expression(s.Loop)
							}
							fmt.Printf("        %s.%s.%s = %s\n", s.ID, a.In, strings.Join(a.Path, "."), v)
						}
					}
				}
			}
		}
		f.Close()
		pct := func(k int) float64 { return 100 * float64(k) / float64(max(1, n)) }
		t.Logf("%-15s n=%d exact %.1f  correct path %.1f  (+2) %.1f  answered %.1f  slowest %v", set.name, n, pct(exact), pct(path), pct(plus), pct(answered), slowest)
		if pct(exact) < set.floor {
			t.Errorf("%s: %.1f %% exact, it was above %.0f", set.name, pct(exact), set.floor)
		}
	}
}

func subsequence(gold, got []string) bool {
	i := 0
	for _, g := range got {
		if i < len(gold) && gold[i] == g {
			i++
		}
	}
	return i == len(gold)
}
