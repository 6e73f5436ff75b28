package corrupt

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

// literals put a value where it does not fit, in place of what is bound there or, for
// an argument that nobody gave, beside what is bound.
// What documents call a uri is often none, so that it is left open, as everywhere in
// the product; see spec's formats.
func (b *breaker) literals(class Class) []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		for k := range st.Op.Args {
			f := &st.Op.Args[k]
			v, ok := unfit(class, f.Shape(), onWire(st.Op, f.In))
			if !ok || f.In == "body" && !reachable(st, f) {
				continue
			}
			out = append(out, func() Broken {
				d := copied(b.d)
				a := draft.Arg{In: f.In, Path: f.Path, Value: draft.Literal(v)}
				d.Steps[i].Args = append(slices.DeleteFunc(d.Steps[i].Args, func(o draft.Arg) bool { return o.In == f.In && slices.Equal(o.Path, f.Path) }), a)
				return Broken{Draft: d, Step: st.ID, At: []string{pointer(a)}, Put: string(a.Value.Literal), Open: class == WrongFormat && f.Format() == "uri"}
			})
		}
	}
	return out
}

// reachable says that a field can be set without setting anything else anew, and that
// the body has one form only.
func reachable(st *draft.Step, f *catalog.Field) bool {
	shape := st.Op.BodySchema()
	for _, name := range f.Path {
		if len(shape.Variants()) > 0 {
			return false
		}
		p, ok := shape.Property(name)
		if !ok {
			return false
		}
		shape = p.Shape
	}
	siblings := slices.ContainsFunc(st.Args, func(a draft.Arg) bool {
		return a.In == "body" && len(a.Path) == len(f.Path) && slices.Equal(a.Path[:len(a.Path)-1], f.Path[:len(f.Path)-1])
	})
	return len(f.Path) > 0 && siblings
}

// unfit is a value that the shape certainly refuses.
func unfit(class Class, s spec.Shape, wire bool) (any, bool) {
	types := kinds(s)
	if len(types) != 1 || len(s.Variants()) > 0 {
		return nil, false
	}
	switch t := types[0]; class {
	case OutsideEnum:
		if len(s.Enum()) == 0 || t != "string" && t != "integer" && t != "number" {
			return nil, false
		}
		if t == "string" {
			return nowhere, true
		}
		return 987654321, true
	case WrongType:
		switch {
		case t == "integer" || t == "number":
			return "a dozen", true
		case t == "boolean":
			return "perhaps", true
		case t == "string" && !wire:
			return 12.5, true
		case t == "object", t == "array" && !wire:
			return "nothing of the kind", true
		}
	case WrongFormat:
		if t == "string" && len(s.Enum()) == 0 && strings.Contains(" date-time date uuid email uri ipv4 ipv6 ", " "+s.Format()+" ") {
			return "no such form", true
		}
	}
	return nil, false
}
