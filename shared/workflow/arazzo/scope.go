package arazzo

import (
	"maps"
	"slices"
)

// How a step's value holds its outputs: x-apiq-output tells it of exported steps.
const (
	shapeObject = ""      // a member for each output
	shapeBody   = "body"  // the value is the response's body, which is the one output
	shapeValue  = "value" // the value is the one output
	mark        = "x-apiq-output"
)

// binding is a step that may have run, as expressions see it.
type binding struct {
	id      string
	shape   string
	outputs []string
	// skipped: on this way through the workflow the step does not run.
	skipped bool
}

// scope is what runtime expressions may read at some place.
type scope struct {
	inputs   string // the variable that holds the workflow's inputs
	known    []string
	steps    map[string]binding
	response bool
	outputs  *binding // of the workflow that the step runs
}

func (s scope) with(step string, b binding) scope {
	next := s
	next.steps = maps.Clone(s.steps)
	if next.steps == nil {
		next.steps = map[string]binding{}
	}
	next.steps[step] = b
	return next
}

// source gives the JSONata of a runtime expression. It is "" where the expression
// was refused, or where it reads a step that does not run on this way: skipped.
func (s scope) source(at node, text string, r ref) (src string, skipped bool) {
	base, segments := "", r.path
	switch r.root {
	case "status", "header", "body":
		if !s.response {
			at.refuse("no_response", "%s is known only in outputs, successCriteria and the criteria of the step itself.", text)
			return "", false
		}
		switch r.root {
		case "status":
			base = "$response.status"
		case "header":
			base, segments = "$response.headers", []segment{{name: r.name}}
		default:
			base = "$response.body"
		}
	case "inputs":
		name, rest := named(r.name, s.known)
		base, segments = "$"+s.inputs, append(append([]segment{{name: name}}, rest...), r.path...)
	case "outputs", "steps":
		b, ok := s.binding(at, text, r)
		if !ok {
			return "", b.skipped
		}
		name, rest := named(r.name, b.outputs)
		if !slices.Contains(b.outputs, name) {
			at.refuse("unknown_output", "%s: there is no such output.", text)
			return "", false
		}
		rest = append(rest, r.path...)
		if b.shape == shapeObject {
			rest = append([]segment{{name: name}}, rest...)
		}
		base, segments = "$"+b.id, rest
	}
	src, ok := path(base, segments...)
	if !ok {
		at.refuse("name", "%s has a name that cannot be written here.", text)
	}
	return src, false
}

func (s scope) binding(at node, text string, r ref) (binding, bool) {
	if r.root == "outputs" {
		if s.outputs == nil {
			at.refuse("expression", "%s is known only in the outputs of a step that runs a workflow.", text)
			return binding{}, false
		}
		return *s.outputs, true
	}
	b, ok := s.steps[r.step]
	if !ok {
		at.refuse("not_before", "%s: no step %s has run before.", text, r.step)
	}
	return b, ok && !b.skipped
}
