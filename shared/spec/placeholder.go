package spec

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// placeholders brings the parameters of the path and its placeholders together, as
// an operation cannot be called where they differ: one that is not declared takes
// any text, and one that has no place in the path is left out.
func (b *builder) placeholders() {
	names := slices.Collect(placeholdersOf(b.op.Path))
	list := b.op.Parameters
	declared := func(name string) bool {
		return slices.ContainsFunc(list, func(p Parameter) bool { return p.In == "path" && p.Name == name })
	}
	for i := range list {
		p := &list[i]
		if p.In != "path" || slices.Contains(names, p.Name) {
			continue
		}
		n := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, p.Name) && !declared(name) })
		if n >= 0 {
			b.warns.add(b.sub("parameters"), "odd_parameter", "The path writes the parameter %q as %q, which counts.", rawjson.Cut(p.Name, 80), rawjson.Cut(names[n], 80))
			p.Name = names[n]
		}
	}
	b.op.Parameters = slices.DeleteFunc(list, func(p Parameter) bool {
		out := p.In == "path" && !slices.Contains(names, p.Name)
		if out {
			b.warns.add(b.sub("parameters"), "odd_parameter", "The path has no place for the parameter %q, which is left out.", rawjson.Cut(p.Name, 80))
		}
		return out
	})
	list = b.op.Parameters
	for _, name := range names {
		if declared(name) {
			continue
		}
		b.warns.add(b.sub("parameters"), "undeclared_parameter", "The path's parameter %q is not declared; it takes any text.", rawjson.Cut(name, 80))
		list = append(list, Parameter{Name: name, In: "path", Required: true, Style: "simple", Schema: json.RawMessage(`{"type":"string"}`),
			AllowReserved: keepsReserved(b.op.Path, name)})
	}
	b.op.Parameters = list
}

// keepsReserved tells a placeholder with RFC 6570's operator for what is reserved:
// Google's documents write names with slashes so.
func keepsReserved(path, name string) bool { return strings.Contains(path, "{+"+name+"}") }

// placeholdersOf yields the names in a path's braces, without RFC 6570's operators.
func placeholdersOf(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		path, _, _ := strings.Cut(path, "#")
		path, _, _ = strings.Cut(path, "?")
		for {
			_, rest, open := strings.Cut(path, "{")
			name, after, closed := strings.Cut(rest, "}")
			if !open || !closed {
				return
			}
			if name = strings.TrimRight(strings.TrimLeft(name, "+"), "*"); name != "" && !yield(name) {
				return
			}
			path = after
		}
	}
}
