package asl

import (
	"fmt"
	"maps"
	"slices"
)

// assignments are the variables that a flow assigns, and where.
type assignments map[string][]string

func (a assignments) add(path string, t *template) {
	if t == nil {
		return
	}
	for _, name := range t.keys {
		a[name] = append(a[name], path+"/"+escape(name))
	}
}

// scopes refuses an inner scope that assigns a variable of an outer one: a branch
// or an iteration reads what lies around it, and its own names are its own (Step
// Functions Developer Guide, "Variable scope"; the order of the states is no matter).
func (p *reader) scopes(path string, f *flow) {
	own, inner := assignments{}, assignments{}
	for _, name := range slices.Sorted(maps.Keys(f.states)) {
		s := f.states[name]
		if s == nil {
			continue
		}
		at := path + "/States/" + escape(name)
		own.add(at+"/Assign", s.assign)
		for i, c := range s.choices {
			own.add(fmt.Sprintf("%s/Choices/%d/Assign", at, i), c.assign)
		}
		for i, c := range s.catch {
			own.add(fmt.Sprintf("%s/Catch/%d/Assign", at, i), c.assign)
		}
		for _, b := range s.branches {
			for name, paths := range p.assigns[b] {
				inner[name] = append(inner[name], paths...)
			}
		}
	}
	for name, outer := range own {
		for _, at := range inner[name] {
			p.fault(at, "is assigned in an outer scope too, at %s: an inner scope cannot assign it, and needs a name of its own", outer[0])
		}
	}
	for name, paths := range inner {
		own[name] = append(own[name], paths...)
	}
	p.assigns[f] = own
}
