package rehearse

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// sources tells where a template's data comes from, through whatever reshaped it on
// the way.
func (c *cast) sources(sc *script, template json.RawMessage) []Source {
	uses, dynamic := sc.usesOf(template)
	if !dynamic {
		return []Source{{Kind: "literal"}}
	}
	t := tracer{cast: c, seen: map[string]bool{}}
	for _, u := range uses {
		t.trace(sc, u)
	}
	if len(t.found) == 0 {
		return []Source{{Kind: "literal"}} // an expression over nothing
	}
	return t.found
}

type tracer struct {
	cast  *cast
	seen  map[string]bool
	found []Source
}

func (t *tracer) add(s Source) {
	if !slices.Contains(t.found, s) {
		t.found = append(t.found, s)
	}
}

func (t *tracer) all(sc *script, template json.RawMessage) {
	uses, _ := sc.usesOf(template)
	for _, u := range uses {
		t.trace(sc, u)
	}
}

func (t *tracer) trace(sc *script, u use) {
	mark := sc.prefix + u.name + "\n" + fieldName(u.path)
	if t.seen[mark] {
		return
	}
	t.seen[mark] = true
	ref := fieldName(append([]string{sc.prefix + u.name}, u.path...))
	switch step := sc.steps[u.name]; {
	case u.name == "input" && sc.parent != nil:
		t.all(sc.parent, member(sc.by.Input, u.path))
	case u.name == "input":
		t.add(Source{Kind: "input", Ref: ref})
	case u.name == "index":
		t.add(Source{Kind: "product", Ref: "index"})
	case sc.items[u.name] != nil:
		over, _ := sc.usesOf(quoted(sc.items[u.name].Over))
		for _, o := range over {
			t.trace(sc, use{o.name, slices.Concat(o.path, u.path)})
		}
	case step == nil:
	case step.Type == workflow.TypeAPICall:
		t.add(Source{Kind: "step", Ref: ref, Host: t.cast.host(sc.prefix + step.ID)})
	case step.Type == workflow.TypeApproval:
		t.add(Source{Kind: "person", Ref: ref})
	case step.Type == workflow.TypeWorkflow:
		t.nested(sc, step, ref)
	default:
		t.inside(sc, step, u.path)
	}
}

// nested goes into the output of the workflow that a step runs.
func (t *tracer) nested(sc *script, step *workflow.Step, ref string) {
	inner, ok := t.cast.scripts[sc.prefix+step.ID+"/"]
	if !ok {
		t.add(Source{Kind: "step", Ref: ref})
		return
	}
	t.all(inner, inner.doc.Output)
}

// inside goes into a step whose value is made of other steps' values.
func (t *tracer) inside(sc *script, step *workflow.Step, path []string) {
	switch {
	case step.Type == workflow.TypeTransform:
		t.all(sc, member(step.Value, path))
	case len(step.Collect) > 0:
		t.all(sc, step.Collect)
	default:
		for _, l := range step.Lists() {
			last := len(l.Steps) - 1
			switch {
			case last < 0:
			case l.Role == workflow.ListSide && len(path) > 0:
				if path[0] == l.Name {
					t.trace(sc, use{l.Steps[last].ID, path[1:]})
				}
			case l.Role == workflow.ListBranch || l.Role == workflow.ListLoop:
				t.trace(sc, use{l.Steps[last].ID, path})
			default:
				t.trace(sc, use{name: l.Steps[last].ID})
			}
		}
	}
}

// member goes down a template as far as its objects are static.
func member(template json.RawMessage, path []string) json.RawMessage {
	for _, name := range path {
		var fields map[string]json.RawMessage
		if json.Unmarshal(template, &fields) != nil {
			return template
		}
		inner, ok := fields[name]
		if !ok {
			return template
		}
		template = inner
	}
	return template
}

// leaves calls f for each value of a template that is no object or array, by the
// names that lead to it: "lines[].price". An empty one is a leaf itself.
func leaves(template json.RawMessage, name string, f func(name string, value json.RawMessage)) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(template, &object) == nil && len(object) > 0:
		for _, key := range sorted(object) {
			leaves(object[key], strings.TrimPrefix(name+"."+key, "."), f)
		}
	case json.Unmarshal(template, &list) == nil && len(list) > 0:
		for _, item := range list {
			leaves(item, name+"[]", f)
		}
	default:
		f(name, template)
	}
}
