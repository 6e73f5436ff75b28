package arazzo

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// step makes the steps of the i-th step: one call, or the workflow that it runs.
func (f *flow) step(i int, sc scope) ([]workflow.Step, binding) {
	n := f.steps[i]
	targets := 0
	for _, field := range []string{"operationId", "operationPath", "workflowId"} {
		if n.has(field) {
			targets++
		}
	}
	if targets != 1 {
		n.refuse("required", "A step has one of operationId, operationPath and workflowId.")
		return nil, binding{}
	}
	if n.has("workflowId") {
		return f.inlined(i, sc)
	}
	return f.call(i, sc)
}

// titled gives a step its id and its title.
func (f *flow) titled(i int, typ string) workflow.Step {
	n := f.steps[i]
	s := workflow.Step{ID: f.d.fresh(f.ids[i]), Type: typ, Name: shortened(n, "description", 200)}
	if s.Name == "" && s.ID != f.ids[i] {
		s.Name = short(f.ids[i], 200)
	}
	return s
}

// call makes an api_call.
func (f *flow) call(i int, sc scope) ([]workflow.Step, binding) {
	n := f.steps[i]
	s := f.titled(i, workflow.TypeAPICall)
	b := binding{id: s.ID, outputs: n.child("outputs").names()}
	src, op := f.operation(n)
	if op == nil {
		return nil, b
	}
	s.Connection, s.Operation = src.connection, op.ID
	f.parameters(i, sc, op, &s)
	f.body(n, sc, op, &s)
	if ms, ok := n.number("timeout"); ok {
		s.TimeoutSeconds = int(math.Ceil(ms / 1000))
		if s.TimeoutSeconds < 1 || s.TimeoutSeconds > 840 {
			n.child("timeout").refuse("range", "From 1 to 840 seconds, told in milliseconds.")
		} else if float64(s.TimeoutSeconds)*1000 != ms {
			n.child("timeout").note("rounded", "Steps are given whole seconds.")
		}
	}
	answered := sc
	answered.response = true
	if c, ok := answered.criteria(n.list("successCriteria")); ok && c != nil {
		s.Success = expr.Wrap(c.jsonata())
	}
	f.output(i, answered, &s, &b)
	way := f.after[i]
	s.Retry = way.retry
	switch {
	case way.goOn:
		s.OnError = &workflow.OnError{Mode: workflow.OnErrorContinue}
	case way.failure != nil:
		s.OnError = &workflow.OnError{Mode: workflow.OnErrorSteps, Steps: []workflow.Step{
			{ID: f.d.fresh(f.ids[i] + "_failed"), Type: workflow.TypeTransform, Value: encode(map[string]any{failedMember: true})},
		}}
	}
	return []workflow.Step{s}, b
}

// output makes the step's value: its outputs, and what conditions after it read.
func (f *flow) output(i int, sc scope, s *workflow.Step, b *binding) {
	n, way := f.steps[i], f.after[i]
	out := map[string]any{}
	if n.has("outputs") {
		out = sc.outputMap(n.child("outputs"))
	}
	if shape, _ := n.child(mark).v.(string); !way.branches() && len(b.outputs) == 1 {
		switch {
		case shape == shapeBody && n.child("outputs").child(b.outputs[0]).v == "$response.body":
			b.shape = shapeBody
			return
		case shape == shapeValue:
			b.shape = shapeValue
			s.Output = encode(out[b.outputs[0]])
			return
		}
	}
	for k, a := range way.success {
		if !a.ofResponse || len(a.criteria) == 0 {
			continue
		}
		if c, ok := sc.criteria(a.criteria); ok {
			out[onMember(k)] = expr.Wrap(c.jsonata())
		}
	}
	if n.has("outputs") || way.branches() {
		s.Output = encode(out)
	}
}

// operation finds what a step calls.
func (f *flow) operation(n node) (*source, *spec.Operation) {
	if n.has("operationPath") {
		return f.byPath(n.child("operationPath"), n.text("operationPath"))
	}
	at, id := n.child("operationId"), n.required("operationId")
	if rest, ok := strings.CutPrefix(id, "$sourceDescriptions."); ok {
		for _, s := range f.d.order {
			if name, ok := strings.CutPrefix(rest, s.name+"."); ok {
				return f.find(at, s, name)
			}
		}
		at.refuse("unknown_source", "%s names no OpenAPI source of the description.", cut(id))
		return nil, nil
	}
	if len(f.d.order) == 1 {
		return f.find(at, f.d.order[0], id)
	}
	var found []*source
	for _, s := range f.d.order {
		if f.d.connect(s) {
			if _, err := s.doc.Operation(id); err == nil {
				found = append(found, s)
			}
		}
	}
	if len(found) != 1 {
		at.refuse("ambiguous", "%s is an operation of %d of the sources: write $sourceDescriptions.<name>.%s.", cut(id), len(found), cut(id))
		return nil, nil
	}
	return f.find(at, found[0], id)
}

// byPath reads {$sourceDescriptions.<name>.url}#/paths/<path>/<method>.
func (f *flow) byPath(at node, text string) (*source, *spec.Operation) {
	for _, s := range f.d.order {
		rest, ok := strings.CutPrefix(text, "{$sourceDescriptions."+s.name+".url}#/paths/")
		if !ok {
			continue
		}
		if !f.d.connect(s) {
			return nil, nil
		}
		p, method, _ := strings.Cut(rest, "/")
		p = unescape.Replace(p)
		for _, o := range s.doc.Summaries() {
			if o.Path == p && strings.EqualFold(o.Method, method) {
				return f.find(at, s, o.ID)
			}
		}
		return f.find(at, s, strings.ToUpper(method)+" "+p)
	}
	at.refuse("unknown_source", "Write {$sourceDescriptions.<name>.url}#/paths/<path>/<method>, of an OpenAPI source of the description.")
	return nil, nil
}

func (f *flow) find(at node, s *source, id string) (*source, *spec.Operation) {
	if !f.d.connect(s) {
		return nil, nil
	}
	op, err := s.doc.Operation(id)
	if err != nil {
		at.refuse("operation", "The API of %s has no operation %s.", cut(s.name), cut(id))
		return nil, nil
	}
	return s, op
}

// given are the parameters of a step: its own, and those of the workflow that it
// does not replace.
func (f *flow) given(i int) []node {
	var out []node
	seen := map[string]bool{}
	for _, list := range [][]node{f.steps[i].list("parameters"), f.wf.list("parameters")} {
		own := map[string]bool{}
		for _, n := range list {
			p, ok := f.d.component(n, "parameters")
			if !ok || !p.object("name", "in", "value") {
				continue
			}
			key := p.text("in") + "." + p.required("name")
			switch {
			case own[key]:
				n.refuse("duplicate", "The parameter is given twice.")
			case !seen[key]:
				out = append(out, p)
			}
			own[key] = true
		}
		for key := range own {
			seen[key] = true
		}
	}
	return out
}

// parameters binds them to those of the operation.
func (f *flow) parameters(i int, sc scope, op *spec.Operation, s *workflow.Step) {
	for _, p := range f.given(i) {
		name, in := p.text("name"), p.required("in")
		if !p.has("value") {
			p.child("value").refuse("required", "The field is needed.")
			continue
		}
		v, given := sc.value(p.child("value"))
		if !given {
			continue
		}
		declared, twice := "", false
		for _, o := range op.Parameters {
			same := o.Name == name || o.In == "header" && strings.EqualFold(o.Name, name)
			if same && o.In == in {
				declared = o.Name
			} else if same {
				twice = true
			}
		}
		switch {
		case declared != "" && twice:
			bind(&s.Parameters, in+"."+declared, v)
		case declared != "":
			bind(&s.Parameters, declared, v)
		case in == "header":
			bind(&s.Headers, name, v)
		default:
			p.child("name").refuse("parameter", "%s %s has no %s parameter %s.", op.Method, op.Path, cut(in), cut(name))
		}
	}
}

func bind(m *map[string]json.RawMessage, name string, v any) {
	if *m == nil {
		*m = map[string]json.RawMessage{}
	}
	(*m)[name] = encode(v)
}
