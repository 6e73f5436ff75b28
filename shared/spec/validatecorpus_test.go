package spec

import (
	"context"
	"encoding/json"
	"testing"
)

// census counts what was seen of one kind of schema over documents.
type census struct{ schemas, compiled, fit int }

func (c *census) add(d *Document, dir Direction, schema json.RawMessage, seed uint64) (problem string) {
	c.schemas++
	v, fits := d.SampleAs(dir, schema, seed)
	problems, checked := d.ValidateAs(dir, schema, v)
	if !checked {
		return "does not compile"
	}
	c.compiled++
	if fits {
		c.fit++
		return ""
	}
	if len(problems) == 0 {
		return "said not to fit, but fits"
	}
	return problems[0].Path + " " + problems[0].Code + " " + problems[0].Message
}

// TestCorpusOperationsCompile compiles the schemas of every operation of the real
// documents: its parameters, its body in each media type, and its answers of each
// status; and makes a sample of bodies and answers, which must fit.
func TestCorpusOperationsCompile(t *testing.T) {
	t.Parallel()
	var operations, whole, made int
	var parameters, bodies, answers, components census
	for _, m := range readManifest(t) {
		d, err := Parse(context.Background(), corpusFile(t, m.File), nil)
		if err != nil {
			t.Fatal(err)
		}
		// What is referred to is compiled when a value comes to it; here all of it.
		compiler := newCompiler(d, Answered)
		var named struct {
			Definitions map[string]json.RawMessage
			Components  struct{ Schemas map[string]json.RawMessage }
		}
		if err := json.Unmarshal(d.JSON(), &named); err != nil {
			t.Fatal(err)
		}
		for prefix, schemas := range map[string]map[string]json.RawMessage{"/definitions": named.Definitions, "/components/schemas": named.Components.Schemas} {
			for name := range schemas {
				components.schemas++
				if compiler.follow("#"+pointer(prefix, name)) == nil {
					t.Errorf("%s: %s does not compile", m.ID, name)
					continue
				}
				components.compiled++
			}
		}
		for i, s := range d.Summaries() {
			op, err := d.Operation(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			operations++
			before := parameters.compiled + bodies.compiled + answers.compiled - parameters.schemas - bodies.schemas - answers.schemas
			for _, p := range op.Parameters {
				if p.Schema == nil {
					continue
				}
				parameters.schemas++
				if _, checked := d.ValidateAs(Sent, p.Schema, nil); checked {
					parameters.compiled++
				} else {
					t.Logf("%s %s: parameter %s does not compile: %.200s", m.ID, s.ID, p.Name, p.Schema)
				}
			}
			if op.Body != nil {
				for _, media := range op.Body.Content {
					if media.Schema == nil {
						continue
					}
					if problem := bodies.add(d, Sent, media.Schema, uint64(i)); problem != "" {
						t.Logf("%s %s: %s body: %s", m.ID, s.ID, media.Type, problem)
					}
				}
			}
			for _, r := range op.Responses {
				for _, media := range r.Content {
					if media.Schema == nil {
						continue
					}
					if successRank(r.Status) == 0 { // compiled only: there are many, and much alike
						answers.schemas++
						if _, checked := d.ValidateAs(Answered, media.Schema, nil); checked {
							answers.compiled++
						}
						continue
					}
					made++
					if problem := answers.add(d, Answered, media.Schema, uint64(i)); problem != "" {
						t.Logf("%s %s: %s %s: %s", m.ID, s.ID, r.Status, media.Type, problem)
					}
				}
			}
			if parameters.compiled+bodies.compiled+answers.compiled-parameters.schemas-bodies.schemas-answers.schemas == before {
				whole++
			}
		}
	}
	t.Logf("%d of %d operations compile wholly: %d of %d parameters, %d of %d bodies, %d of %d answers", whole, operations,
		parameters.compiled, parameters.schemas, bodies.compiled, bodies.schemas, answers.compiled, answers.schemas)
	t.Logf("%d of %d components compile", components.compiled, components.schemas)
	t.Logf("samples that fit: %d of %d bodies, %d of %d answers", bodies.fit, bodies.schemas, answers.fit, made)
	if whole*1000 < operations*995 {
		t.Errorf("%d of %d operations do not compile", operations-whole, operations)
	}
	if bodies.fit*1000 < bodies.schemas*995 || answers.fit*1000 < made*995 {
		t.Error("too many samples do not fit")
	}
}
