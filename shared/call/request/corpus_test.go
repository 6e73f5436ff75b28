package request_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

// TestCorpusOperationsBuild builds a request for every operation of the real
// documents, each parameter and body a sample of its own schema: nothing that a
// document asks for may be impossible to send.
func TestCorpusOperationsBuild(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("DATA is not set: give the folder that holds specs/*.gz to run the corpus test")
	}
	files, err := filepath.Glob(filepath.Join(data, "specs", "*.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents in %s: %v", data, err)
	}
	built, failed := 0, 0
	for _, file := range files {
		doc := open(t, file)
		if doc == nil {
			continue
		}
		for _, line := range doc.Summaries() {
			op, err := doc.Operation(line.Method + " " + line.Path)
			if err != nil {
				t.Errorf("%s %s: %v", file, line.ID, err)
				continue
			}
			_, err = request.Build(t.Context(), request.Input{Operation: op, BaseURL: "https://api.example.com/v1",
				Parameters: sampleParameters(doc, op), Body: sampleBody(doc, op)})
			built++
			if err != nil {
				if failed++; failed < 40 {
					t.Logf("%s %s %s: %v %+v", filepath.Base(file), line.Method, line.Path, err, apierr.From(err).Problems)
				}
			}
		}
	}
	t.Logf("%d operations built, %d not", built, failed)
	// What stays are samples, not requests: an example that spans several path segments with ".." and the like.
	if built == 0 || failed*1000 > built {
		t.Errorf("%d of %d operations cannot be built", failed, built)
	}
}

func open(t *testing.T, file string) *spec.Document {
	t.Helper()
	doc, err := spec.Parse(t.Context(), spectest.Read(t, file), nil)
	if err != nil {
		t.Logf("%s: %v", filepath.Base(file), err)
		return nil
	}
	return doc
}

func sampleParameters(doc *spec.Document, op *spec.Operation) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, p := range op.Parameters {
		if strings.EqualFold(p.Name, "host") || p.In == "header" && !p.Required {
			continue
		}
		v := doc.Sample(p.Schema, 1)
		if text, ok := v.(string); p.In == "path" && (v == nil || ok && text == "") {
			v = "x"
		}
		if p.In != "path" && v == nil {
			v = "x"
		}
		if raw, err := json.Marshal(v); err == nil {
			out[p.In+"."+p.Name] = raw
		}
	}
	return out
}

func sampleBody(doc *spec.Document, op *spec.Operation) json.RawMessage {
	_, schema, ok := op.BodySchema()
	if !ok {
		return nil
	}
	v := doc.Sample(schema, 1)
	if v == nil {
		v = map[string]any{}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return raw
}
