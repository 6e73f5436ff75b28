package gallery_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// job is one of the five of docs/planning.md.
type job struct {
	name, goal string
	vendors    []string
	// needs are the operations and kinds of step without which the plan does not do
	// the job.
	needs []string
	// planned: the built-in planner does it; else the template does.
	planned  bool
	template string
}

const maxQuestions = 3

func jobs() []job {
	return []job{
		{"failed payment", `Get the payment intent "pi_1" from Stripe, find the HubSpot contact by its email; if the amount is greater than 100000, create a GitHub issue in the repo "ops" of owner "acme" and send a message to the Slack channel "C123".`,
			[]string{"stripe", "hubspot", "github", "slack"},
			[]string{"GetPaymentIntentsIntent", "get-/crm/v3/objects/contacts_getPage", "condition", "issues/create", "chat_postMessage"}, true, "failed-payment"},
		{"incident", `Get the incident with id "Q1", list the on-calls, list the commits of the repo "ops" of owner "acme", ask for approval, then create an issue with title "Revert" in the repo "ops" of owner "acme".`,
			[]string{"pagerduty", "github", "slack"},
			[]string{"getIncident", "listOnCalls", "repos/list-commits", "approval", "issues/create"}, true, "incident-revert"},
		{"payouts", "Retrieve sales invoices from Xero, list all payouts in Stripe, and for each invoice that has no payout send a message with Twilio.",
			[]string{"xero", "stripe", "twilio"},
			[]string{"getInvoices", "GetPayouts", "loop", "CreateMessage"}, false, "payout-mismatch"},
		{"offboarding", "Deactivate the user in Okta, remove the member from the GitHub organization, delete the user in PagerDuty and remove the user from the Asana workspace; if one fails, undo the others.",
			[]string{"okta", "github", "pagerduty", "asana"},
			[]string{"deactivateUser", "orgs/remove-member", "deleteUser", "removeUserForWorkspace", "undo"}, false, "offboard-person"},
		{"erasure", "Ask for approval, then delete the contact in Intercom, delete the contact for GDPR in HubSpot and delete the customer in Stripe.",
			[]string{"intercom", "hubspot", "stripe"},
			[]string{"approval", "DeleteContact", "post-/crm/v3/objects/contacts/gdpr-delete_purge", "DeleteCustomersCustomer"}, false, "erase-customer"},
	}
}

// TestJobs plans each job from its sentence over its vendors' documents, answers
// what is asked, and plays the plan on twins. A job that the planner does not do
// has a template, which TestTemplates plays; what its plan lacks is logged.
func TestJobs(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	shipped := templates(t)
	for _, j := range jobs() {
		t.Run(j.name, func(t *testing.T) {
			if !slices.ContainsFunc(shipped, func(x gallery.Template) bool { return x.ID == j.template }) {
				t.Errorf("there is no template %s", j.template)
			}
			h := newHouse(t, connect(t, s, j.vendors...))
			asked, faults := h.plan(t, j)
			t.Logf("%d questions; %s", asked, strings.Join(faults, "; "))
			if j.planned && len(faults) > 0 {
				t.Errorf("the planner did this job: %q", faults)
			}
			if !j.planned && len(faults) == 0 {
				t.Log("the planner does this job now: say so here and in docs/planning.md")
			}
		})
	}
}

// plan tells how many questions the plan of a job asked, and why it does not do.
func (h *house) plan(t *testing.T, j job) (asked int, faults []string) {
	t.Helper()
	p, err := h.plans.Draft(h.ctx, plan.Request{Message: j.goal})
	if err != nil {
		return 0, []string{err.Error()}
	}
	asked = len(p.Questions)
	if asked > maxQuestions {
		faults = append(faults, fmt.Sprintf("it asks %d questions", asked))
	}
	if asked > 0 {
		var answers []string
		schemas := plantest.Inputs(t, p.Workflow)
		for _, q := range p.Questions {
			answers = append(answers, q.Field+": "+plantest.Answer(t, schemas[q.Field]))
		}
		if p, err = h.plans.Draft(h.ctx, plan.Request{Message: strings.Join(answers, "\n"), ConversationID: p.ConversationID}); err != nil {
			return asked, append(faults, err.Error())
		}
		for _, q := range p.Questions {
			faults = append(faults, "it still asks for "+q.Field)
		}
	}
	if os.Getenv("VERBOSE") != "" {
		t.Logf("%s\n%s", p.Message, p.Workflow)
	}
	doc, err := workflow.Parse(p.Workflow)
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	doc.Walk(func(_ string, x *workflow.Step) {
		has = append(has, x.Operation, x.Type)
		if x.Undo != nil || x.OnError != nil {
			has = append(has, "undo")
		}
	})
	for _, need := range j.needs {
		if !slices.Contains(has, need) {
			faults = append(faults, "it has no "+need)
		}
	}
	if r := check.Run(h.ctx, doc, h.apis, nil); !r.OK() {
		faults = append(faults, fmt.Sprint(r.Problems))
	}
	w, err := h.flows.Create(h.ctx, workflow.Input{Definition: p.Workflow})
	if err != nil {
		return asked, append(faults, fmt.Sprint(apierr.From(err).Problems))
	}
	r, err := h.stage.Rehearse(h.ctx, w.ID, rehearse.Request{Faults: []rehearse.Fault{}})
	if err != nil {
		return asked, append(faults, err.Error())
	}
	if r.Run.Status != rehearse.Completed {
		faults = append(faults, fmt.Sprintf("on twins it ends %s at %s: %s", r.Run.Status, r.Run.At, r.Run.Cause))
	}
	return asked, faults
}
