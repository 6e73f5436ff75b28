package check

import (
	"net/http"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
)

// reconcile checks the read that tells what became of a request of op: it must change
// nothing, be bound like a call, and tell by what its answer has. It gives what is known
// of the step's value where the read makes it, and findings, which are below /reconcile.
func (c *checker) reconcile(s *workflow.Step, a *api, of *spec.Operation, sc values) (static.Value, []finding) {
	r, f := s.Reconcile, &fitter{}
	if class := effect.Of(of, ""); class == effect.Safe || class == effect.Idempotent {
		f.put(mismatch, "/reconcile", "reconcile: the call may be repeated at any time, so nothing is left to find out.")
	}
	op, err := a.doc.Operation(r.Operation)
	if err != nil {
		f.put(mismatch, "/reconcile/operation", "reconcile: “"+a.conn.Name+"” has no operation "+r.Operation+".")
		return static.Value{}, f.findings
	}
	if op.Method != http.MethodGet && op.Method != http.MethodHead {
		f.put(mismatch, "/reconcile/operation", "reconcile: "+r.Operation+" is a "+op.Method+"; only GET and HEAD change nothing.")
	}
	bound := c.bindings(binding{parameters: r.Parameters}, op, a, sc)
	for i := range bound {
		bound[i].at = "/reconcile" + bound[i].at
		bound[i].text = "reconcile " + bound[i].text
	}
	whole := response(a, op)
	answered := sc.with("response", whole)
	f.gone("/reconcile/found", c.expression(r.Found, answered), 0)
	value, _ := whole.Parts.Field("body")
	if len(r.Output) > 0 {
		value = c.template(r.Output, answered)
		f.gone("/reconcile/output", value, 0)
	}
	return value, append(f.findings, bound...)
}
