package rehearse

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// use is a name that an expression reads, with the fields that it goes down.
type use struct {
	name string
	path []string
}

// reading is what the expressions of a template read; dynamic says that it has any.
type reading struct {
	uses    []use
	dynamic bool
}

// usesOf are what the expressions of a template read. The same templates are asked
// about again and again, and compiled once.
func (sc *script) usesOf(template json.RawMessage) (uses []use, dynamic bool) {
	r, ok := sc.known[string(template)]
	if !ok {
		r.uses, r.dynamic = sc.analyse(template)
		sc.known[string(template)] = r
	}
	return r.uses, r.dynamic
}

func (sc *script) analyse(template json.RawMessage) (uses []use, dynamic bool) {
	workflow.Strings(template, "", func(_, text string) {
		src, ok := expr.Unwrap(text)
		if !ok {
			return
		}
		dynamic = true
		p, err := expr.Compile(src, nil)
		if err != nil {
			return // the document's check has told
		}
		known := map[string]bool{}
		for _, u := range p.Uses() {
			known[u.Name] = true
			uses = append(uses, use{u.Name, fields(u.Path)})
		}
		names, _ := workflow.Reads(p, sc.doc.Functions())
		for _, name := range names {
			if !known[name] {
				uses = append(uses, use{name: name})
			}
		}
	})
	return uses, dynamic
}

// fields are the names that a path goes down, as far as they are static.
func fields(path []expr.Segment) []string {
	var names []string
	for _, s := range path {
		switch s.Kind {
		case expr.StepField:
			names = append(names, s.Field)
		case expr.StepWildcard:
			return names
		}
	}
	return names
}

// read is the field of a call's answer that the rest of the document depends on
// first; nil where none can be told. Of what the step's own output takes out of the
// answer, the field that a later step reads under the same name comes first.
func (sc *script) read(s *workflow.Step) []string {
	later := sc.readLater(s)
	own := slices.Concat(quoted(s.Success), s.Output)
	if s.Paginate != nil {
		own = append(own, quoted(s.Paginate.Items)...)
	}
	if len(own) == 0 {
		return later
	}
	taken := sc.readIn(own, "response", "body")
	for _, path := range taken {
		if len(later) > 0 && path[len(path)-1] == later[len(later)-1] {
			return path
		}
	}
	switch {
	case len(taken) > 0:
		return taken[0]
	case len(s.Output) > 0:
		return nil
	}
	return later
}

// readLater is the field of a step's value that is read first outside of it.
func (sc *script) readLater(s *workflow.Step) []string {
	var found []string
	sc.doc.Walk(func(_ string, other *workflow.Step) {
		if found == nil && other != s {
			found = sc.fieldOf(other, s.ID)
		}
	})
	if found == nil {
		if paths := sc.readIn(sc.doc.Output, s.ID); len(paths) > 0 {
			found = paths[0]
		}
	}
	return found
}

// fieldOf is the field of a step that another step reads, also by way of a loop
// over it.
func (sc *script) fieldOf(reader *workflow.Step, id string) []string {
	uses, _ := sc.usesOf(own(reader))
	for _, u := range uses {
		path := u.path
		if loop, ok := sc.items[u.name]; ok && u.name != id {
			over, _ := sc.usesOf(quoted(loop.Over))
			i := slices.IndexFunc(over, func(o use) bool { return o.name == id })
			if i < 0 {
				continue
			}
			u, path = over[i], slices.Concat(over[i].path, path)
		}
		if u.name == id && len(path) > 0 {
			return path
		}
	}
	return nil
}

// readIn are the paths below a name, and below a first field where one is given.
func (sc *script) readIn(template json.RawMessage, name string, first ...string) (paths [][]string) {
	uses, _ := sc.usesOf(template)
	for _, u := range uses {
		if u.name == name && len(u.path) > len(first) && slices.Equal(u.path[:len(first)], first) {
			paths = append(paths, u.path[len(first):])
		}
	}
	return paths
}

// quoted is a text as JSON; nothing for none.
func quoted(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return raw
}
