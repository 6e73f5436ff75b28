package plan_test

import (
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan"
)

// TestScopes: a plan is not shown, nor run, with a token that is known to lack a scope; where the
// scopes are not known it is shown, and they are said to be unknown.
func TestScopes(t *testing.T) {
	t.Parallel()
	conns := connect(t, "../../../infra/local/samples/petstore.yaml")
	h := newHouse(t, nil, conns)
	hold := func(scopes ...string) {
		conns.conns[0].AuthType, conns.conns[0].Auth = connection.AuthBearer, connection.AuthView{Set: []string{"token"}, Scopes: scopes}
	}
	credential := func(p plan.Plan) (out plan.Check) {
		for _, c := range p.Steps[0].Checks {
			if c.Name == "credential" {
				out = c
			}
		}
		return out
	}
	const goal = "Find pets by status"
	hold()
	p := h.mustDraft(t, goal)
	if c := credential(p); c.OK != nil || !strings.Contains(c.Detail, "write:pets, read:pets cannot be told") {
		t.Errorf("not known: %+v", c)
	}
	hold("read:pets", "write:pets")
	p = h.mustDraft(t, goal)
	if c := credential(p); c.OK == nil || !*c.OK {
		t.Errorf("granted: %+v", c)
	}
	hold("read:pets")
	_, err := h.Draft(h.ctx, plan.Request{Message: goal})
	if e := apierr.From(err); e.Code != apierr.PlanNotPossible || !strings.Contains(e.Detail, "needs the scope write:pets") || !strings.Contains(e.Detail, "Get a token") {
		t.Errorf("not granted: %v", err)
	}
	h.answerAll(t, goal, &p)
	if _, err := h.Confirm(h.ctx, p.PlanID, nil, steps(p)); code(err) != apierr.WorkflowInvalid || !strings.Contains(apierr.From(err).Problems[0].Message, "write:pets") {
		t.Errorf("a scope was taken away since: %v", err)
	}
}
