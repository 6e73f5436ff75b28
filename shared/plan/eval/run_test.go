package eval_test

import (
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/shared/plan/eval"
)

func document(title string) string {
	return `{"openapi":"3.0.3","info":{"title":"` + title + `","version":"1"},"paths":{"/` + title + `":{"get":{"operationId":"list` + title + `","responses":{"200":{"description":"ok"}}}}}}`
}

// folder writes goals over three documents, two of them in files and one packed.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"restbench/tasks.jsonl":          `{"id":"r1","goal":"list a","spec":"restbench/a.openapi.json","steps":[{"id":"s1","method":"GET","path":"/a","args":null}],"edges":null}` + "\n",
		"restbench/a.openapi.json":       document("a"),
		"distractors/b.json":             document("b"),
		"stabletoolbench/queries.jsonl":  `{"id":"q1","goal":"list c","relevant":[{"spec":"C","method":"GET","path":"/c"}]}` + "\n",
		"toolalpaca/tasks.jsonl":         `{"id":"t1","goal":"x","spec":"../a.json","steps":[{"id":"s1","method":"GET","path":"/a"}]}` + "\n",
		"stabletoolbench/specs.jsonl.gz": `{"file":"C","spec":` + document("c") + "}\n",
		"nestful/sgd.jsonl":              "{not json\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			z := gzip.NewWriter(f)
			_, err = z.Write([]byte(text))
			err = errors.Join(err, z.Close())
		} else {
			_, err = f.WriteString(text)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// first answers with the first operation of every API that it is asked over.
type first struct{}

func (first) Answer(_ context.Context, _ *eval.Goal, over *eval.Over) (eval.Answer, error) {
	var a eval.Answer
	for i := range over.Entries {
		a.Ranked = append(a.Ranked, over.Name(&over.Entries[i], over.Entries[i].At(0)))
	}
	slices.Sort(a.Ranked)
	return a, nil
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for name, tt := range map[string]struct {
		set       string
		connected int
		want      string
	}{
		"its own document":       {"restbench", 0, "restbench/a.openapi.json GET /a"},
		"with others":            {"restbench", 2, "distractors/b.json GET /b|restbench/a.openapi.json GET /a"},
		"more than there are":    {"restbench", 28, "distractors/b.json GET /b|restbench/a.openapi.json GET /a"},
		"all":                    {"restbench", -1, "distractors/b.json GET /b|restbench/a.openapi.json GET /a"},
		"of the packed ones all": {"stabletoolbench", -1, "C GET /c"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told atomic.Int32
			r, err := eval.Run(context.Background(), eval.Open(dir), tt.set, first{}, &eval.Options{Connected: tt.connected, Progress: func(done, all int) {
				if done == all {
					told.Add(1)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.Answers[0].Ranked, "|"); got != tt.want || told.Load() != 1 || r.Quantile(0.95) <= 0 || r.Connected != float64(len(r.Answers[0].Ranked)) {
				t.Errorf("%s, %d times told the end, %+v", got, told.Load(), r)
			}
		})
	}
}

// halting answers the goals before the last, and breaks off at that one.
type halting struct {
	first
	last string
}

var errHalted = errors.New("halted")

func (h halting) Answer(ctx context.Context, g *eval.Goal, over *eval.Over) (eval.Answer, error) {
	if g.ID == h.last {
		return eval.Answer{}, errHalted
	}
	return h.first.Answer(ctx, g, over)
}

// What was answered is kept where the rest is not, and handed on in the goals' order.
func TestEach(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	goal := func(id string) string {
		return `{"id":"` + id + `","goal":"list a","spec":"restbench/a.openapi.json","steps":[{"id":"s1","method":"GET","path":"/a","args":null}],"edges":null}` + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "restbench", "tasks.jsonl"), []byte(goal("r1")+goal("r2")+goal("r3")), 0o600); err != nil {
		t.Fatal(err)
	}
	refuses := errors.New("disk full")
	for name, tt := range map[string]struct {
		halt string
		fail bool
		err  error
		each string
	}{
		"all":            {each: "r1 r2 r3"},
		"ends early":     {halt: "r3", err: errHalted, each: "r1 r2"},
		"cannot be kept": {fail: true, err: refuses, each: "r1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			r, err := eval.Run(context.Background(), eval.Open(dir), "restbench", halting{last: tt.halt}, &eval.Options{Workers: 1, Each: func(a eval.Answer) error {
				got = append(got, a.ID)
				if tt.fail {
					return refuses
				}
				return nil
			}})
			if !errors.Is(err, tt.err) {
				t.Errorf("%v, want %v", err, tt.err)
			}
			if strings.Join(got, " ") != tt.each {
				t.Errorf("handed on %v, want %s", got, tt.each)
			}
			if len(r.Goals) != len(r.Answers) || len(r.Answers) < len(got) && !tt.fail || len(r.Goals) > 0 && r.Connected != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for set, want := range map[string]string{"nothing": "no such set", "arazzo": "no such set", "sgd": "line 1", "toolalpaca": "leads out of the folder"} {
		if _, err := eval.Run(context.Background(), eval.Open(dir), set, first{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := eval.Run(ctx, eval.Open(dir), "restbench", first{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended from outside: %v", err)
	}
}
