package asl_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// handed compiles a document as it is exported: for functions that are named, or
// with placeholders.
func handed(t *testing.T, file string, named bool) (*workflow.Document, json.RawMessage) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := workflow.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	b := binding()
	b.Handed, b.Workspace = true, asl.PlaceholderWorkspace
	if named {
		b.Workspace, b.Functions = "wsp_1", map[string]string{}
		for _, function := range asl.Placeholders() {
			b.Functions[function] = "arn:aws:lambda:us-east-1:123456789012:function:apiq-task-" + function + ":live"
		}
	}
	definition, info, err := asl.Compile(doc, b)
	if err != nil {
		t.Fatal(err)
	}
	checkDefinition(t, definition, info)
	return doc, definition
}

func documents(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.workflow.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	return files
}

// An exported definition for named functions has no placeholder left; the comment
// of one without tells which it has. The documents have every type of step.
func TestHanded(t *testing.T) {
	t.Parallel()
	types := map[string]bool{}
	for _, file := range documents(t) {
		doc, named := handed(t, file, true)
		if bytes.Contains(named, []byte("${")) || bytes.Contains(named, []byte("DefinitionSubstitutions")) {
			t.Errorf("%s: %s", file, named)
		}
		_, open := handed(t, file, false)
		var machine struct{ Comment string }
		if err := json.Unmarshal(open, &machine); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(open, []byte("wsp_1")) {
			t.Errorf("%s names a workspace", file)
		}
		_, told, _ := strings.Cut(machine.Comment, "DefinitionSubstitutions: ")
		for _, name := range append(asl.Placeholders(), "workspace") {
			if has := bytes.Contains(open, []byte(`"${`+name+`}"`)); has != slices.Contains(strings.Split(told, ", "), name) {
				t.Errorf("%s: %s is there: %v, told of: %q", file, name, has, told)
			}
		}
		doc.Walk(func(_ string, s *workflow.Step) { types[s.Type] = true })
	}
	for _, typ := range workflow.Types() {
		if !types[typ] {
			t.Errorf("no document has a step of type %s", typ)
		}
	}
}

// TestValidator holds exported definitions to asl-validator, as they are. VALIDATOR
// is the script that runs it (infra/cdk/definitions.mjs); .ci/cdk sets it.
func TestValidator(t *testing.T) {
	t.Parallel()
	script := os.Getenv("VALIDATOR")
	if script == "" {
		t.Skip("VALIDATOR is not set: it names infra/cdk/definitions.mjs, whose tools make test/cdk installs")
	}
	folder := t.TempDir()
	for _, file := range documents(t) {
		for _, named := range []bool{false, true} {
			_, definition := handed(t, file, named)
			name := fmt.Sprintf("%s-%v.json", strings.TrimSuffix(filepath.Base(file), ".workflow.json"), named)
			if err := os.WriteFile(filepath.Join(folder, name), definition, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", script, folder).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// That it can refuse: a state that leads nowhere.
	if err := os.WriteFile(filepath.Join(folder, "wrong.json"), []byte(`{"StartAt":"a","QueryLanguage":"JSONata","States":{"a":{"Type":"Pass","Next":"b"}}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "node", script, folder).CombinedOutput(); err == nil || !bytes.Contains(out, []byte("wrong.json")) {
		t.Errorf("what is wrong passes: %v\n%s", err, out)
	}
}
