package diff_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/diff"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestCorpus makes the same few changes to every real document: nothing, another
// description of everything, and in one operation chosen by chance of the names:
// removed, a new required parameter, a parameter gone, a success status gone.
func TestCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds specs/ to run this on real documents")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	changes, wrong := 0, 0
	for _, file := range files {
		name := filepath.Base(file)
		old := parse(t, string(spectest.Read(t, file)))
		var base edit
		if err := json.Unmarshal(old.JSON(), &base); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		raw, err := json.Marshal(base)
		if err != nil {
			t.Fatal(err)
		}
		old = parse(t, string(raw))
		ops := old.Summaries()
		if len(ops) == 0 { // one of the documents has webhooks only
			t.Logf("%s has no operations", name)
			continue
		}
		op, err := old.Operation(ops[len(ops)/2].ID)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range corpusChanges(op) {
			var d edit
			if err := json.Unmarshal(raw, &d); err != nil {
				t.Fatal(err)
			}
			if !c.edit(d) {
				continue
			}
			next, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			now := parse(t, string(next))
			start := time.Now()
			r := diff.Compare(context.Background(), old, now)
			// Only what never ends is a fault here: other packages are tested at the same time.
			if took := time.Since(start); took > 2*time.Minute {
				t.Errorf("%s, %s: %s", name, what, took)
			}
			changes++
			found := slices.ContainsFunc(r.Breaking, func(x diff.Change) bool { return x.Operation == op.ID })
			if (r.BreakingCount > 0) != c.breaking || c.breaking && !found {
				wrong++
				t.Errorf("%s, %s at %s: %d breaking %.5v, %d harmless", name, what, op.ID, r.BreakingCount, r.Breaking[:min(5, len(r.Breaking))], r.HarmlessCount)
			}
		}
	}
	t.Logf("%d documents, %d changes, %d wrong flags", len(files), changes, wrong)
}

type corpusChange struct {
	breaking bool
	edit     func(edit) bool // false where the document has no place for it
}

func corpusChanges(op *spec.Operation) map[string]corpusChange {
	item := func(d edit) m { i, _ := d["paths"].(m)[op.Path].(m); return i }
	own := func(d edit) m { o, _ := item(d)[strings.ToLower(op.Method)].(m); return o }
	return map[string]corpusChange{
		"the same": {false, func(edit) bool { return true }},
		"described anew": {false, func(d edit) bool {
			describe(map[string]any(d))
			return true
		}},
		"removed": {true, func(d edit) bool {
			delete(item(d), strings.ToLower(op.Method))
			return own(d) == nil && item(d) != nil
		}},
		"required parameter": {true, func(d edit) bool {
			o := own(d)
			if o == nil {
				return false
			}
			p := m{"name": "apiqSeed", "in": "query", "required": true, "schema": m{"type": "string"}, "type": "string"}
			list, _ := o["parameters"].([]any)
			o["parameters"] = append(slices.Clone(list), p)
			return true
		}},
		"optional parameter": {false, func(d edit) bool {
			o := own(d)
			if o == nil {
				return false
			}
			list, _ := o["parameters"].([]any)
			o["parameters"] = append(slices.Clone(list), m{"name": "apiqSeed", "in": "query", "schema": m{"type": "string"}, "type": "string"})
			return true
		}},
		"success gone": {true, func(d edit) bool {
			responses, _ := own(d)["responses"].(m)
			n := len(responses)
			maps.DeleteFunc(responses, func(status string, _ any) bool { return strings.HasPrefix(status, "2") })
			return len(responses) < n
		}},
		"operation added": {false, func(d edit) bool {
			paths := d["paths"].(m)
			paths["/apiq-seed"] = m{"get": m{"operationId": "apiqSeed", "responses": m{"200": m{"description": "ok"}}}}
			return true
		}},
	}
}

// describe gives each description that is text more words.
func describe(v any) {
	switch x := v.(type) {
	case map[string]any:
		for key, value := range x {
			if text, ok := value.(string); ok && key == "description" {
				x[key] = text + " Edited."
				continue
			}
			if key != "example" && key != "examples" && key != "default" && key != "enum" {
				describe(value)
			}
		}
	case []any:
		for _, value := range x {
			describe(value)
		}
	}
}
