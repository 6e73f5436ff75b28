package asl_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

var update = flag.Bool("update", false, "write the golden files anew")

func binding() asl.Binding {
	return asl.Binding{
		Workspace: "wsp_1", WorkflowID: "wfl_1", Version: 3,
		SpecHashes: map[string]string{"con_a": "sha256:aa", "con_b": "sha256:bb"},
		Effects: map[string]effect.Class{
			"payment": effect.Safe, "put": effect.Idempotent, "keyed": effect.Keyed, "charge": effect.Unsafe,
		},
	}
}

func compile(t testing.TB, raw []byte) (json.RawMessage, map[string]asl.StateInfo) {
	t.Helper()
	doc, err := workflow.Parse(raw)
	if err != nil {
		t.Fatalf("parse: %v %+v", err, problems(err))
	}
	definition, info, err := asl.Compile(doc, binding())
	if err != nil {
		t.Fatal(err)
	}
	checkDefinition(t, definition, info)
	return definition, info
}

// Every document below testdata compiles to the definition beside it.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.workflow.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".workflow.json"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			definition, info := compile(t, raw)
			again, _ := compile(t, raw)
			if !bytes.Equal(definition, again) {
				t.Fatal("the same document compiles in two ways")
			}
			got := readable(t, definition, info)
			golden := strings.TrimSuffix(file, ".workflow.json") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("definition differs (-want +got):\n%s", diff)
			}
		})
	}
}

var statusRange = regexp.MustCompile(`"Http\.(\d)00",\s*(?:"Http\.\d\d\d",\s*){98}"Http\.\d99"`)

// readable indents, and writes the hundred names of a class as one.
func readable(t *testing.T, definition json.RawMessage, info map[string]asl.StateInfo) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"definition": definition, "states": info}); err != nil {
		t.Fatal(err)
	}
	return statusRange.ReplaceAll(b.Bytes(), []byte(`"Http.${1}00 … Http.${1}99"`))
}
