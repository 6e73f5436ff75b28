package corrupt

import (
	"slices"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

const nowhere = "apiq_no_such"

// operations gives each step in turn an operation that its API does not have.
func (b *breaker) operations(foreign bool) []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		id := nowhere
		if foreign {
			if id = b.other(st.Entry.API); id == "" {
				continue
			}
		}
		out = append(out, func() Broken {
			d := copied(b.d)
			op, so := *st.Op, *st.Op.Spec
			so.ID = id
			op.Spec = &so
			d.Steps[i].Op = &op
			return Broken{Draft: d, Step: st.ID, At: []string{"/operation"}}
		})
	}
	return out
}

// other is an operation of the other API that this one does not have.
func (b *breaker) other(api *catalog.API) string {
	if b.foreign == nil || b.foreign == api {
		return ""
	}
	for i := range b.foreign.Ops {
		id := b.foreign.Ops[(b.pick(len(b.foreign.Ops))+i)%len(b.foreign.Ops)].ID()
		if _, err := api.Doc.Operation(id); err != nil { // by its path, it may have it too
			return id
		}
	}
	return ""
}

// readers are the places that read a step's answer.
func readers(d *draft.Draft, id string) (step string, at []string) {
	for _, st := range d.Steps {
		for _, a := range st.Args {
			if a.Value.Ref != nil && a.Value.Ref.Step == id && (step == "" || step == st.ID) {
				step, at = st.ID, append(at, pointer(a))
			}
		}
	}
	return step, at
}

func (b *breaker) dropped() []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		if step, at := readers(b.d, st.ID); step != "" {
			out = append(out, func() Broken {
				d := copied(b.d)
				d.Steps = slices.Delete(d.Steps, i, i+1)
				return Broken{Draft: d, Step: step, At: at}
			})
		}
	}
	return out
}

// swapped puts a source behind the first step that reads it.
func (b *breaker) swapped() []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		step, at := readers(b.d, st.ID)
		if step == "" {
			continue
		}
		out = append(out, func() Broken {
			d := copied(b.d)
			moved := d.Steps[i]
			j := slices.IndexFunc(d.Steps, func(s *draft.Step) bool { return s.ID == step })
			d.Steps = slices.Insert(d.Steps, j+1, moved)
			d.Steps = slices.Delete(d.Steps, i, i+1)
			return Broken{Draft: d, Step: step, At: at}
		})
	}
	return out
}

// removed takes out an argument that must be there and that nothing else fills.
func (b *breaker) removed() []func() Broken {
	var out []func() Broken
	for i, st := range b.d.Steps {
		for j, a := range st.Args {
			if !mustBind(st, a) {
				continue
			}
			out = append(out, func() Broken {
				d := copied(b.d)
				d.Steps[i].Args = slices.Delete(d.Steps[i].Args, j, j+1)
				at := []string{pointer(a)}
				for n := range a.Path { // the object around it may be gone with it
					if a.In == "body" {
						at = append(at, pointer(draft.Arg{In: a.In, Path: a.Path[:n]}))
					}
				}
				return Broken{Draft: d, Step: st.ID, At: at}
			})
		}
	}
	return out
}

func mustBind(st *draft.Step, a draft.Arg) bool {
	op := st.Op.Spec
	if a.In == "body" {
		if len(a.Path) == 0 {
			return op.Body != nil && op.Body.Required
		}
		others := slices.ContainsFunc(st.Args, func(o draft.Arg) bool { return o.In == "body" && !slices.Equal(o.Path, a.Path) })
		return needed(st.Op, a.Path) && (others || op.Body != nil && op.Body.Required)
	}
	for _, p := range op.Parameters {
		if p.In != a.In || p.Name != a.Path[0] || !p.Required {
			continue
		}
		name, in, _ := effect.KeyParameter(op)
		return (name != p.Name || in != p.In) && !credential(st.Op, p.In, p.Name)
	}
	return false
}

// needed says that a body cannot be without the field.
func needed(op *catalog.Op, path []string) bool {
	shape := op.BodySchema
	for _, name := range path {
		p, ok := shape.Property(name)
		if !ok || !p.Required || p.ReadOnly || len(shape.Variants()) > 0 {
			return false
		}
		shape = p.Shape
	}
	return true
}

// credential says that the connection fills the parameter.
func credential(op *catalog.Op, in, name string) bool {
	for _, need := range op.Spec.Security {
		for scheme := range need {
			if s := op.Doc.Info().SecuritySchemes[scheme]; s.Type == "apiKey" && s.In == in && plainly(s.Name) == plainly(name) {
				return true
			}
		}
	}
	return false
}

// bare takes the credential away from a step that needs one. A scheme that the document
// names and does not describe leaves it open.
func (b *breaker) bare() []func() Broken {
	var out []func() Broken
	for _, st := range b.d.Steps {
		schemes, open := st.Op.Doc.Info().SecuritySchemes, false
		free := len(st.Op.Spec.Security) == 0
		for _, need := range st.Op.Spec.Security {
			described := false
			for name := range need {
				_, ok := schemes[name]
				described = described || ok
			}
			free = free || len(need) == 0
			open = open || !described
		}
		if !free {
			out = append(out, func() Broken {
				return Broken{Draft: copied(b.d), Step: st.ID, At: []string{"/connection"}, Bare: true, Open: open}
			})
		}
	}
	return out
}
