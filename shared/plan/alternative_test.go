package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/tenant"
)

// manyReadings are goals that say too little: some have other readings, whatever the weights.
func manyReadings() []string {
	return []string{"Find a book", "Message the members", "Lend the book to a member", "Get books", "Look up a book", "Update the book", "Find the member"}
}

// unsure drafts a goal that has other readings.
func (h *house) unsure(t *testing.T) plan.Plan {
	t.Helper()
	for _, goal := range manyReadings() {
		p, err := h.Draft(h.ctx, plan.Request{Message: goal})
		if err == nil && len(p.Alternatives) > 0 {
			return p
		}
	}
	t.Fatal("no goal has another reading")
	return plan.Plan{}
}

func calls(p plan.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		if s.Operation != "" {
			out = append(out, s.Operation)
		}
	}
	return out
}

func operations(rs []plan.Reading) []string {
	var out []string
	for _, r := range rs {
		if r.Operation != "" {
			out = append(out, r.Operation)
		}
	}
	return out
}

// Whatever is offered is close, differs as it says, and is what is made of it when it
// is taken.
func TestAlternatives(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml", "courier.yaml"))
	offered := 0
	for _, goal := range manyReadings() {
		p, err := h.Draft(h.ctx, plan.Request{Message: goal})
		if err != nil {
			continue
		}
		if len(p.Alternatives) > 3 {
			t.Errorf("%s: %d alternatives", goal, len(p.Alternatives))
		}
		for _, a := range p.Alternatives {
			offered++
			got, shown := operations(a.Operations), calls(p)
			if a.Likelihood < p.Confidence/2-0.01 || a.Title == "" || !strings.Contains(p.Message, "about as likely") || slices.Equal(got, shown) {
				t.Errorf("%s (%.2f, %v): offers %+v", goal, p.Confidence, shown, a)
			}
			// The shown plan with what is added and without what is left out.
			want := append(slices.Clone(shown), operations(a.Added)...)
			for _, out := range operations(a.LeftOut) {
				i := slices.Index(want, out)
				if i < 0 {
					t.Fatalf("%s: %s is left out of %v", goal, out, shown)
				}
				want = slices.Delete(want, i, i+1)
			}
			if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(slices.Sorted(slices.Values(want)), sorted) {
				t.Errorf("%s: shows %v, offers %v as added %v, left out %v", goal, shown, got, operations(a.Added), operations(a.LeftOut))
			}
			for _, o := range a.Operations {
				if o.Method == "" || !strings.HasPrefix(o.Path, "/") || o.Summary == "" || !slices.ContainsFunc(h.conns.conns, func(c connection.Connection) bool { return c.ID == o.Connection && c.Name == o.ConnectionName }) {
					t.Errorf("%s: operation %+v", goal, o)
				}
			}
			h.checkTaken(t, p, a)
		}
	}
	if offered == 0 {
		t.Fatal("no goal has another reading")
	}
}

// checkTaken takes an alternative, twice, and compares.
func (h *house) checkTaken(t *testing.T, p plan.Plan, a plan.Alternative) {
	t.Helper()
	next, err := h.Draft(h.ctx, plan.Request{Alternative: a.ID, ConversationID: p.ConversationID})
	if err != nil {
		t.Errorf("take %s: %v", a.Title, err)
		return
	}
	if diff := cmp.Diff(operations(a.Operations), calls(next)); diff != "" || next.Confidence != a.Likelihood || next.ConversationID != p.ConversationID || next.PlanID == p.PlanID {
		t.Errorf("taken %+v of %+v\n%s", next, a, diff)
	}
	for _, s := range next.Steps {
		for _, c := range s.Checks {
			if c.OK != nil && !*c.OK {
				t.Errorf("taken with a failed check: %s %s", c.Name, c.Detail)
			}
		}
	}
	back := slices.ContainsFunc(next.Alternatives, func(x plan.Alternative) bool { return slices.Equal(operations(x.Operations), calls(p)) })
	if likely := p.Confidence >= next.Confidence; likely && !back {
		t.Errorf("no way back from %v to %v", calls(next), calls(p))
	}
	again, err := h.Draft(h.ctx, plan.Request{Alternative: a.ID})
	if err != nil {
		t.Fatal(err)
	}
	for i := range next.Alternatives {
		next.Alternatives[i].ID = again.Alternatives[i].ID
	}
	next.PlanID = again.PlanID
	if diff := cmp.Diff(next, again); diff != "" {
		t.Errorf("taken twice (-first +second):\n%s", diff)
	}
	stored, err := h.Get(h.ctx, again.PlanID)
	if diff := cmp.Diff(again, stored); err != nil || diff != "" {
		t.Errorf("stored differs (%v):\n%s", err, diff)
	}
}

func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*house, *plan.Request)
		want   apierr.Code
		path   string
	}{
		{"no id", func(_ *house, r *plan.Request) { r.Alternative = "1" }, apierr.ValidationFailed, "/alternative"},
		{"another way to write it", func(_ *house, r *plan.Request) { r.Alternative = strings.TrimSuffix(r.Alternative, ".1") + ".01" }, apierr.ValidationFailed, "/alternative"},
		{"the zeroth", func(_ *house, r *plan.Request) { r.Alternative = strings.TrimSuffix(r.Alternative, ".1") + ".0" }, apierr.ValidationFailed, "/alternative"},
		{"beyond the last", func(_ *house, r *plan.Request) { r.Alternative = strings.TrimSuffix(r.Alternative, ".1") + ".9" }, apierr.ValidationFailed, "/alternative"},
		{"unknown plan", func(_ *house, r *plan.Request) { r.Alternative = id.New(id.Plan) + ".1" }, apierr.NotFound, ""},
		{"another workspace", func(h *house, _ *plan.Request) { h.ctx = tenant.With(h.ctx, id.New(id.Workspace)) }, apierr.NotFound, ""},
		{"expired", func(h *house, _ *plan.Request) { *h.clock = h.clock.Add(31 * 24 * time.Hour) }, apierr.NotFound, ""},
		{"with a message", func(_ *house, r *plan.Request) { r.Message = "List the books" }, apierr.ValidationFailed, "/message"},
		{"with connections", func(h *house, r *plan.Request) { r.Connections = []string{h.conns.conns[0].ID} }, apierr.ValidationFailed, "/connections"},
		{"another conversation", func(_ *house, r *plan.Request) { r.ConversationID = id.New(id.Conversation) }, apierr.ValidationFailed, "/conversationId"},
		{"document changed", func(h *house, _ *plan.Request) { h.conns.conns[0].SpecHash = "another" }, apierr.Conflict, "/alternative"},
		{"connection gone", func(h *house, _ *plan.Request) { h.conns.conns = nil }, apierr.Conflict, "/alternative"},
		{"connection not active", func(h *house, _ *plan.Request) { h.conns.conns[0].Status = connection.StatusFailed }, apierr.Conflict, "/alternative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil, connect(t, "library.yaml"))
			p := h.unsure(t)
			req := plan.Request{Alternative: p.Alternatives[0].ID}
			tt.change(h, &req)
			next, err := h.Draft(h.ctx, req)
			if code(err) != tt.want {
				t.Fatalf("%+v, err %v, want %s", next, err, tt.want)
			}
			e := apierr.From(err)
			if e.Detail == "" || tt.path != "" && (len(e.Problems) != 1 || e.Problems[0].Path != tt.path) {
				t.Errorf("%q, problems %+v, want one at %s", e.Detail, e.Problems, tt.path)
			}
		})
	}
}

// What no longer passes its checks is refused, and neither shown nor stored.
func TestTakeChecks(t *testing.T) {
	t.Parallel()
	conns := connect(t, "guarded.yaml")
	conns.conns[0].AuthType, conns.conns[0].Auth = connection.AuthBearer, connection.AuthView{Set: []string{"token"}}
	h := newHouse(t, nil, conns)
	p := h.unsure(t)
	conns.conns[0].AuthType, conns.conns[0].Auth = connection.AuthNone, connection.AuthView{}
	next, err := h.Draft(h.ctx, plan.Request{Alternative: p.Alternatives[0].ID})
	if code(err) != apierr.PlanNotPossible || !strings.Contains(apierr.From(err).Detail, "credential") {
		t.Fatalf("%+v, err %v, want PLAN_NOT_POSSIBLE for the credential", next, err)
	}
	conns.conns[0].AuthType, conns.conns[0].Auth = connection.AuthBearer, connection.AuthView{Set: []string{"token"}}
	if _, err := h.Draft(h.ctx, plan.Request{Alternative: p.Alternatives[0].ID}); err != nil {
		t.Errorf("with the credential again: %v", err)
	}
}

// A choice is no goal: what goes on goes on from the goal.
func TestTakenInConversation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	p := h.unsure(t)
	next, err := h.Draft(h.ctx, plan.Request{Alternative: p.Alternatives[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	page, err := h.trail.List(h.ctx, audit.Filter{}, 1, "")
	if err != nil || page.Records[0].Resource != next.PlanID || !strings.Contains(string(mustJSON(t, page.Records[0].Details)), p.Alternatives[0].ID) {
		t.Errorf("trail %+v, err %v", page.Records, err)
	}
	input := map[string]any{}
	for _, q := range next.Questions {
		answered, err := h.Draft(h.ctx, plan.Request{Message: q.Field + ": 42", ConversationID: p.ConversationID})
		if err != nil {
			t.Fatalf("answer to %s: %v", q.Field, err)
		}
		next, input[q.Field] = answered, 42
	}
	if c, err := h.Confirm(h.ctx, next.PlanID, nil, steps(next)); err != nil || len(next.Questions) > 0 {
		t.Errorf("taken and answered: %+v, err %v, questions %+v, given %v", c, err, next.Questions, input)
	}
	also, err := h.Draft(h.ctx, plan.Request{Message: "Also list the members", ConversationID: p.ConversationID})
	if err != nil || !slices.Contains(calls(also), "listMembers") {
		t.Errorf("follow-up %v, err %v", calls(also), err)
	}
}

func steps(p plan.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.ID)
	}
	return out
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
