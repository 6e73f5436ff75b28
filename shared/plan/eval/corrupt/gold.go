package corrupt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/spec"
)

// Gold makes a plan of a goal's known answer: what gold takes from a step is bound to
// the place in its answer, what gold or nobody gives is asked for. left says why there
// is no plan, in words that are the same for all such goals.
func Gold(g *eval.Goal, over *eval.Over) (d *draft.Draft, left string) {
	b := &builder{d: &draft.Draft{Name: "Gold"}, steps: map[string]*draft.Step{}, gold: map[string]eval.Step{}}
	for i, name := range g.Gold() {
		e, op := find(over, name)
		if op == nil {
			return nil, "the document has no such operation"
		}
		if len(g.Steps) <= i {
			return nil, "there are no steps"
		}
		b.step(i, g.Steps[i], e, op)
		if b.left != "" {
			return nil, b.left
		}
	}
	return b.d, ""
}

func find(over *eval.Over, name string) (*catalog.Entry, *catalog.Op) {
	for i := range over.Entries {
		e := &over.Entries[i]
		for _, op := range e.Ops {
			if over.Name(e, op) == name {
				return e, op
			}
		}
	}
	return nil, nil
}

type builder struct {
	d     *draft.Draft
	steps map[string]*draft.Step // by gold's id
	gold  map[string]eval.Step
	asked int
	left  string
}

func (b *builder) step(i int, s eval.Step, e *catalog.Entry, op *catalog.Op) {
	st := &draft.Step{ID: fmt.Sprintf("call%d", i+1), Entry: e, Op: op, Why: "gold"}
	for _, name := range sorted(s.Args) {
		b.argument(st, name, s.Args[name])
	}
	if s.Body != nil {
		b.bind(st, "body", nil, s.Body)
	}
	b.required(st)
	b.d.Steps = append(b.d.Steps, st)
	b.steps[s.ID], b.gold[s.ID] = st, s
}

// argument binds one that gold does not tell the place of.
func (b *builder) argument(st *draft.Step, name string, v any) {
	if f, ok := st.Op.Arg("", name); ok {
		b.bind(st, f.In, f.Path, v)
		return
	}
	if slices.ContainsFunc(st.Op.Operation().Parameters, func(p spec.Parameter) bool { return p.Name == name }) {
		return // a cookie, or a header that is not the caller's to set
	}
	b.bind(st, "query", []string{name}, v) // for the checks to refuse
}

func (b *builder) bind(st *draft.Step, in string, path []string, v any) {
	if m, ok := v.(map[string]any); ok && in == "body" && len(m) > 0 {
		for _, name := range sorted(m) {
			b.bind(st, in, append(path[:len(path):len(path)], name), m[name])
		}
		return
	}
	if list, ok := v.([]any); ok && len(list) == 1 {
		if r, reads := readingOf(list[0]); reads {
			b.read(st, in, path, r)
			return
		}
	}
	r, reads := readingOf(v)
	switch {
	case reads:
		b.read(st, in, path, r)
	case mentions(v, "$steps."), mentions(v, "$var"):
		b.left = "a binding inside a list or a text"
	case mentions(v, "$inputs."), mentions(v, "$workflows."), mentions(v, "$response."):
		b.ask(st, in, path)
	default:
		st.Args = append(st.Args, draft.Arg{In: in, Path: path, Value: draft.Literal(v)})
	}
}

func (b *builder) ask(st *draft.Step, in string, path []string) {
	b.asked++
	st.Args = append(st.Args, draft.Arg{In: in, Path: path, Value: draft.Value{Input: &draft.Input{
		Name: fmt.Sprintf("in%d", b.asked), Schema: draft.InputSchema(takes(st.Op, in, path), ""),
	}}})
}

func (b *builder) read(st *draft.Step, in string, path []string, r reading) {
	from, ok := b.steps[r.step]
	if !ok {
		b.left = "a binding to a step that does not come before"
		return
	}
	var output any
	if b.gold[r.step].Outputs != nil {
		output, ok = b.gold[r.step].Outputs[r.names[0]]
		if !ok {
			b.left = "a binding to an output that the step does not name"
			return
		}
	}
	at, ok := place(from.Op, output, r.names)
	if !ok {
		b.left = "a binding to a place that the answer does not have"
		return
	}
	ref := &draft.Ref{Step: from.ID, Path: at}
	fit(ref, from.Op, st.Op, in, path)
	st.Args = append(st.Args, draft.Arg{In: in, Path: path, Value: draft.Value{Ref: ref}})
}

// required asks for what must be there and gold leaves out.
func (b *builder) required(st *draft.Step) {
	for _, f := range st.Op.Required() {
		if !slices.ContainsFunc(st.Args, func(a draft.Arg) bool { return a.In == f.In && along(a.Path, f.Path) }) {
			b.ask(st, f.In, f.Path)
		}
	}
	body := st.Op.Operation().Body
	if body != nil && body.Required && !slices.ContainsFunc(st.Args, func(a draft.Arg) bool { return a.In == "body" }) {
		b.ask(st, "body", nil)
	}
}

// along says whether one path leads to or through the end of the other.
func along(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// takes is the shape of what an argument takes.
func takes(op *catalog.Op, in string, path []string) spec.Shape {
	if f, ok := op.Arg(in, strings.Join(path, ".")); ok {
		return f.Shape()
	}
	if in != "body" {
		return spec.Shape{}
	}
	shape, _ := op.BodySchema().At(path...)
	return shape
}
