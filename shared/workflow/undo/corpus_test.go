package undo_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/undo"
)

// filled is a step that gives every parameter and every field of the body a value.
func filled(doc *spec.Document, op *spec.Operation) *workflow.Step {
	s := &workflow.Step{ID: "s", Type: workflow.TypeAPICall, Operation: op.ID, Parameters: map[string]json.RawMessage{}}
	for _, p := range op.Parameters {
		s.Parameters[p.Name] = json.RawMessage(`"x"`)
	}
	if _, schema, ok := op.BodySchema(); ok {
		body := map[string]string{}
		for _, p := range doc.Shape(schema).Properties() {
			body[p.Name] = "x"
		}
		s.Body, _ = json.Marshal(body) // texts always encode
	}
	return s
}

// Over real documents: of the POSTs to a collection of which one thing can be deleted,
// how many get an offer. With -v each offer is told, to be read.
func TestOffersOverCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("DATA")
	if root == "" {
		t.Skip("DATA is not set: it names the folder that holds specs/")
	}
	files, err := filepath.Glob(filepath.Join(root, "specs", "*.gz"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	creates, paired, others := 0, 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".gz")
		doc := spectest.Open(t, file)
		deletes := map[string]bool{}
		for _, sum := range doc.Summaries() {
			if at := strings.LastIndex(sum.Path, "/{"); sum.Method == "DELETE" && at > 0 && strings.HasSuffix(sum.Path, "}") {
				deletes[sum.Path[:at]] = true
			}
		}
		for _, sum := range doc.Summaries() {
			op, err := doc.Operation(sum.ID)
			if err != nil {
				t.Fatal(err)
			}
			create := op.Method == "POST" && deletes[op.Path]
			if create {
				creates++
			}
			offer, ok := undo.For(doc, op, filled(doc, op))
			switch {
			case !ok:
				if create {
					t.Logf("none  %s %s %s", name, op.Path, op.ID)
				}
				continue
			case create:
				paired++
			default:
				others++
			}
			t.Logf("offer %s %s %s (%s) -> %s %s %s", name, op.Method, op.Path, op.ID, offer.Method, offer.Path, offer.Parameters)
		}
	}
	t.Logf("%d of %d creates have an offer, and %d other operations", paired, creates, others)
	if paired*100 < creates*75 {
		t.Errorf("%d of %d creates have an offer", paired, creates)
	}
}
