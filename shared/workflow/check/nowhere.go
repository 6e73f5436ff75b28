package check

import (
	"cmp"

	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// gone finds what is read from nowhere, also where the spec does not say what is taken.
func (f *fitter) gone(at string, v static.Value, depth int) {
	if path := cmp.Or(v.Missing, v.Lost); path != "" {
		f.say(mismatch, at, ": there is no "+path+"; the schema it comes from has no such field.")
		return
	}
	if depth++; depth > maxFit || v.Const != nil {
		return
	}
	switch parts := v.Parts.(type) {
	case static.Members:
		for _, name := range sortedNames(parts) {
			f.gone(at+workflow.Pointer(name), parts[name], depth)
		}
	case static.Items:
		for i, item := range parts {
			f.gone(at+"/"+itoa(i), item, depth)
		}
	}
}

// kept judges what is taken of the answer.
func (c *checker) kept(s *workflow.Step, answer static.Value, a *api, op *spec.Operation, sc values) []finding {
	f := &fitter{}
	value := "/output"
	if s.Paginate != nil {
		if len(s.Output) == 0 {
			value = "/paginate/items"
		}
		c.pages(f, s.Paginate, a, op, sc)
	}
	if len(s.Output) > 0 || answer.Missing != "" {
		f.gone(value, answer, 0)
	}
	if s.Success != "" {
		f.gone("/success", c.expression(s.Success, sc.with("response", response(a, op))), 0)
	}
	return f.findings
}

// pages judges how further pages are asked for.
func (c *checker) pages(f *fitter, p *workflow.Paginate, a *api, op *spec.Operation, sc values) {
	if p.Next != "" {
		f.gone("/paginate/next", c.expression(p.Next, sc.with("response", response(a, op))), 0)
	}
	if p.Param == "" || op == nil {
		return
	}
	if _, ok := op.Named(p.Param); ok {
		return
	}
	_, schema, takes := op.BodySchema()
	if shape := a.doc.Shape(schema); takes {
		if _, ok := shape.Property(p.Param); ok || !shape.Known() || len(shape.Variants()) > 0 {
			return
		}
	}
	f.put(mismatch, "/paginate/param", "paginate.param "+p.Param+": the operation has no such parameter, and no such field in its body.")
}

// lost fails a condition that is about nothing.
func (c *checker) lost(at, field string, v static.Value) {
	if path := cmp.Or(v.Missing, v.Lost); path != "" {
		c.fail(at, field, Types, "missing_field", "There is no "+path+" to decide by: the schema it comes from has no such field.")
	}
}

// nowhere reports what a value outside of any call reads and there is not.
func (c *checker) nowhere(at string, v static.Value) {
	f := fitter{}
	f.gone(at, v, 0)
	for _, x := range f.findings {
		c.problem(x.at, "missing_field", x.text)
	}
}
