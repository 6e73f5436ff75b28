package asl

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/expr"
)

// variable is one that a state assigns.
type variable struct {
	name  string
	value any
	size  int // of its JSON, in bytes
}

// held is a variable that a thread holds.
type held struct {
	value any
	size  int
}

// variable looks a name up from the inside out: a branch reads what lies around
// it as it was when the branch began, since its container stands still meanwhile.
func (t *thread) variable(name string) (any, bool) {
	for ; t != nil; t = t.parent {
		if x, ok := t.vars[name]; ok {
			return x.value, true
		}
	}
	return nil, false
}

func (r *Run) assign(t *thread, vars []variable) {
	if len(vars) > 0 && t.vars == nil {
		t.vars = make(map[string]held, len(vars))
	}
	for _, v := range vars {
		r.held += v.size - t.vars[v.name].size
		t.vars[v.name] = held{v.value, v.size}
	}
}

// forget ends the scope of a thread that is over.
func (r *Run) forget(t *thread) {
	for _, v := range t.vars {
		r.held -= v.size
	}
	t.vars = nil
}

// measure makes the variables of an Assign, and what the event shows of them. over
// names what is past MaxVariable or MaxVariables, and is "" where nothing is.
func (r *Run) measure(t *thread, assigned any) (vars []variable, shown any, over string) {
	names, ok := expr.Fields(assigned)
	if !ok {
		return []variable{}, nil, "" // not nil: there is nothing to read from the event
	}
	total, all := 0, r.held
	pairs := make([]any, 0, 2*len(names))
	for _, name := range names {
		x, _ := expr.Field(assigned, name)
		text, err := expr.Encode(x, MaxVariable)
		if total += len(text); err != nil || total > MaxVariable {
			return nil, nil, "$" + name
		}
		all += len(text) - t.vars[name].size
		vars = append(vars, variable{name, x, len(text)})
		pairs = append(pairs, name, string(text))
	}
	if all > MaxVariables {
		return nil, nil, "all variables"
	}
	return vars, expr.Object(pairs...), ""
}

// assignedVariables reads them from the event that shows them.
func (e *Entry) assignedVariables() ([]variable, error) {
	var d struct {
		AssignedVariables map[string]string `json:"assignedVariables"`
	}
	if err := json.Unmarshal(e.Details, &d); err != nil {
		return nil, err
	}
	out := make([]variable, 0, len(d.AssignedVariables))
	for k, s := range d.AssignedVariables {
		v, err := expr.Decode(json.RawMessage(s))
		if err != nil {
			return nil, err
		}
		out = append(out, variable{k, v, len(s)})
	}
	return out, nil
}
