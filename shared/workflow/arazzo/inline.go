package arazzo

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

var statusIs2xx = regexp.MustCompile(`^\s*\$statusCode\s*==\s*2\d\d\s*$`)

// inlined writes the workflow that a step runs in its place: its inputs as a value,
// its steps, and its outputs as the step's value.
func (f *flow) inlined(i int, sc scope) ([]workflow.Step, binding) {
	n := f.steps[i]
	at, id := n.child("workflowId"), n.required("workflowId")
	for _, field := range []string{"requestBody", "timeout"} {
		if n.has(field) {
			n.child(field).refuse("workflow", "A step that runs a workflow has none.")
		}
	}
	wf, ok := f.d.workflows[id]
	if !ok || strings.HasPrefix(id, "$") {
		at.refuse("unknown_workflow", "There is no workflow %s in this description; those of other descriptions are not read.", cut(id))
		return nil, binding{}
	}
	for _, c := range n.list("successCriteria") {
		if text, _ := c.child("condition").v.(string); statusIs2xx.MatchString(text) && !c.has("context") {
			c.note("criterion", "A workflow has no status: the step succeeds where its workflow does.")
			continue
		}
		c.refuse("criterion", "The success of a step that runs a workflow is that of its workflow.")
	}
	schema := f.d.inputs(wf)
	inputs := f.d.fresh(f.ids[i] + "_input")
	given := map[string]any{}
	for _, p := range f.given(i) {
		if v, ok := sc.value(p.child("value")); ok {
			given[p.text("name")] = v
		}
	}
	f.required(n, schema, given)
	inner := f.d.flow(wf, scope{inputs: inputs, known: known(schema)}, at.at, f.stack)
	if inner == nil {
		return nil, binding{}
	}
	steps := []workflow.Step{{ID: inputs, Type: workflow.TypeTransform, Name: short("Inputs of "+id, 200), Value: encode(given)}}
	own, outputs := inner.run()
	if len(own) == 0 {
		return nil, binding{}
	}
	steps = append(steps, own...)
	return f.valueOf(i, sc, steps, inner, outputs)
}

// valueOf ends an inlined workflow with the step that has its outputs.
func (f *flow) valueOf(i int, sc scope, steps []workflow.Step, inner *flow, outputs any) ([]workflow.Step, binding) {
	n := f.steps[i]
	s := f.titled(i, workflow.TypeTransform)
	names := inner.wf.child("outputs").names()
	result := binding{id: s.ID + "_outputs", outputs: names}
	switch {
	case inner.branched && outputs != nil:
		result.id = steps[len(steps)-1].ID
	case outputs != nil:
		result.id = f.d.fresh(f.ids[i] + "_outputs")
		steps = append(steps, workflow.Step{ID: result.id, Type: workflow.TypeTransform, Name: short("Outputs of "+inner.wf.text("workflowId"), 200), Value: encode(outputs)})
	}
	b := binding{id: s.ID, outputs: n.child("outputs").names()}
	after := sc
	after.outputs = &result
	value := map[string]any{}
	if n.has("outputs") {
		value = after.outputMap(n.child("outputs"))
	}
	s.Value = encode(value)
	return append(steps, s), b
}

// required says which inputs the step's workflow would miss.
func (f *flow) required(n node, schema json.RawMessage, given map[string]any) {
	var outline struct {
		Required []string `json:"required"`
	}
	_ = json.Unmarshal(schema, &outline) // what is no object requires nothing
	for _, name := range outline.Required {
		if _, ok := given[name]; !ok {
			n.child("parameters").refuse("required", "The workflow needs the input %s.", cut(name))
		}
	}
	declared := known(schema)
	for _, name := range sorted(given) {
		if len(declared) > 0 && !slices.Contains(declared, name) {
			n.child("parameters").note("unused", "The workflow declares no input %s.", cut(name))
		}
	}
}
