package arazzo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/workflow/arazzo"
)

// only is a workspace with one connection, whose document is real.
type only struct{ doc *spec.Document }

func (o only) List(context.Context, int, string) ([]connection.Connection, string, error) {
	return []connection.Connection{{ID: "con_real", Name: "Api"}}, "", nil
}

func (o only) Document(context.Context, string) (connection.Connection, *spec.Document, error) {
	return connection.Connection{ID: "con_real", Name: "Api"}, o.doc, nil
}

// real is a workflow that was derived from a real description.
type real struct {
	ID, Goal, Spec string
	Inputs         []string
	Steps          []struct {
		ID, Method, Path string
		Args             map[string]any
		Body             any
		Outputs          map[string]string
	}
}

// description puts it together again: what its parameters' places are, its API says.
func (r real) description(doc *spec.Document) []byte {
	type obj = map[string]any
	inputs := obj{}
	for _, name := range r.Inputs {
		inputs[name] = obj{}
	}
	var steps []any
	for _, s := range r.Steps {
		step := obj{"stepId": s.ID, "outputs": s.Outputs,
			"operationPath": "{$sourceDescriptions.api.url}#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(s.Path) + "/" + strings.ToLower(s.Method)}
		places := map[string]string{}
		for _, o := range doc.Summaries() {
			if op, err := doc.Operation(o.ID); o.Path == s.Path && o.Method == s.Method && err == nil {
				for _, p := range op.Parameters {
					places[p.Name] = p.In
				}
			}
		}
		var parameters []any
		for name, v := range s.Args {
			in := places[name]
			if in == "" {
				in = "query"
			}
			parameters = append(parameters, obj{"name": name, "in": in, "value": v})
		}
		if parameters != nil {
			step["parameters"] = parameters
		}
		if s.Body != nil {
			step["requestBody"] = obj{"payload": s.Body}
		}
		steps = append(steps, step)
	}
	raw, _ := json.Marshal(obj{"arazzo": "1.0.1", "info": obj{"title": r.Goal, "version": "1"},
		"sourceDescriptions": []any{obj{"name": "api", "url": "./api.json", "type": "openapi"}},
		"workflows":          []any{obj{"workflowId": r.ID, "description": r.Goal, "inputs": obj{"type": "object", "properties": inputs}, "steps": steps}}})
	return raw
}

// TestRealWorkflows imports workflows that were derived from real descriptions, over
// the real documents of their APIs, and exports them again.
func TestRealWorkflows(t *testing.T) {
	t.Parallel()
	root := os.Getenv("DATA")
	if root == "" {
		t.Skip("DATA is not set: it names the folder that holds plan/arazzo")
	}
	file, err := os.Open(filepath.Join(root, "plan", "arazzo", "workflows.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var doc *spec.Document
	last, all, taken, back := "", 0, 0, 0
	why := map[string]int{}
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) == 0 || err != nil {
			break
		}
		var r real
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if r.Spec != last {
			doc, last = spectest.Open(t, filepath.Join(root, "plan", r.Spec)), r.Spec
		}
		all++
		in, err := arazzo.Import(t.Context(), r.description(doc), only{doc}, nil)
		if err != nil {
			for _, p := range places(err) {
				why[p[strings.LastIndexByte(p, ' ')+1:]]++
			}
			continue
		}
		taken++
		text, err := arazzo.Export(t.Context(), in.Document, only{doc}, nil)
		if err != nil {
			for _, p := range places(err) {
				why["export "+p[strings.LastIndexByte(p, ' ')+1:]]++
			}
			continue
		}
		again, err := arazzo.Import(t.Context(), text, only{doc}, nil)
		if err != nil {
			t.Errorf("%s: exported and refused: %q", r.ID, places(err))
			continue
		}
		if diff := cmp.Diff(parsed(t, in.Document), parsed(t, again.Document)); diff != "" {
			t.Errorf("%s (-imported +again): %s", r.ID, diff)
			continue
		}
		back++
	}
	t.Logf("of %d, %d were imported, %d of these exported and imported as the same; refused for %v", all, taken, back, why)
	// Refused are expressions and names that the specification does not know either.
	if all == 0 || taken*100 < all*93 || back*100 < taken*85 {
		t.Error("too few")
	}
}
