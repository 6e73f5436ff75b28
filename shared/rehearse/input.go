package rehearse

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// completed is the input with samples for what it lacks and the document needs: what
// the schema requires, and what an expression reads. The error is VALIDATION_FAILED
// where the given part does not fit.
func completed(ctx context.Context, sc *script, given json.RawMessage) (input json.RawMessage, samples map[string]json.RawMessage, err error) {
	samples = map[string]json.RawMessage{}
	if len(given) == 0 || string(given) == "null" {
		given = json.RawMessage("{}")
	}
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	var have map[string]json.RawMessage
	if json.Unmarshal(given, &have) != nil || len(sc.doc.Input) == 0 || json.Unmarshal(sc.doc.Input, &schema) != nil {
		return given, samples, sc.doc.CheckInput(given)
	}
	wanted := slices.Concat(schema.Required, sc.inputs())
	maker, err := sampler(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range wanted {
		property, declared := schema.Properties[name]
		if _, there := have[name]; there || !declared {
			continue
		}
		raw, err := json.Marshal(maker.Sample(property, 1))
		if err != nil {
			return nil, nil, apierr.New(apierr.ValidationFailed, "The input has no value for "+name+", and none could be made from its schema.")
		}
		have[name], samples[name] = raw, raw
	}
	if input, err = json.Marshal(have); err != nil {
		return nil, nil, err
	}
	return input, samples, sc.doc.CheckInput(input)
}

// inputs are the top fields of the input that the document's expressions read.
func (sc *script) inputs() []string {
	var names []string
	note := func(template json.RawMessage) {
		uses, _ := sc.usesOf(template)
		for _, u := range uses {
			if u.name == "input" && len(u.path) > 0 && !slices.Contains(names, u.path[0]) {
				names = append(names, u.path[0])
			}
		}
	}
	sc.doc.Walk(func(_ string, s *workflow.Step) { note(own(s)) })
	note(sc.doc.Output)
	return names
}

// sampler makes samples of JSON Schemas: a document of the dialect that has them.
func sampler(ctx context.Context) (*spec.Document, error) {
	return spec.Parse(ctx, []byte(`{"openapi":"3.1.0","info":{"title":"input","version":"1"},"paths":{}}`), nil)
}
