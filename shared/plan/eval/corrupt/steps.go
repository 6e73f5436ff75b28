package corrupt

import (
	"slices"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
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
			op := *st.Op
			op.Spec.ID = id
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
	doc, err := api.Document()
	if err != nil {
		return ""
	}
	for i := range b.foreign.Len() {
		id := b.foreign.At((b.pick(b.foreign.Len()) + i) % b.foreign.Len()).ID()
		if _, err := doc.Operation(id); err != nil { // by its path, it may have it too
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
	op := st.Op.Operation()
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
		name, in, _ := effect.KeyParameter(op, "")
		return (name != p.Name || in != p.In) && !credential(st.Op, p.In, p.Name)
	}
	return false
}

// needed says that a body cannot be without the field.
func needed(op *catalog.Op, path []string) bool {
	shape := op.BodySchema()
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
	for _, need := range op.Operation().Security {
		for scheme := range need {
			if s := schemes(op)[scheme]; s.Type == "apiKey" && s.In == in && plainly(s.Name) == plainly(name) {
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
		schemes, open := schemes(st.Op), false
		free := len(st.Op.Operation().Security) == 0
		for _, need := range st.Op.Operation().Security {
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

// schemes are those of the operation's document.
func schemes(op *catalog.Op) map[string]spec.SecurityScheme {
	doc, err := op.Document()
	if err != nil {
		return nil
	}
	return doc.Info().SecuritySchemes
}
