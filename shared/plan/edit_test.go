package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

type round = func(plan.DraftRequest) (plan.DraftResult, error)

// call makes a step with literals for "in:name" arguments.
func call(req plan.DraftRequest, id, operation string, args ...string) *draft.Step {
	i := slices.IndexFunc(req.Offered, func(h catalog.Hit) bool { return h.Op.ID() == operation })
	st := &draft.Step{ID: id, Entry: req.Offered[i].Entry, Op: req.Offered[i].Op, Why: "You asked."}
	for j := 0; j+1 < len(args); j += 2 {
		in, name, _ := strings.Cut(args[j], ":")
		st.Args = append(st.Args, draft.Arg{In: in, Path: []string{name}, Value: draft.Value{Literal: []byte(args[j+1])}})
	}
	return st
}

// first is the plan that the tests edit.
func first(req plan.DraftRequest) (plan.DraftResult, error) {
	return plan.DraftResult{Usage: usage, Draft: &draft.Draft{Name: "Look", Steps: []*draft.Step{
		call(req, "book", "getBook", "path:bookId", "42"), call(req, "members", "listMembers")}}}, nil
}

// rebook is the last plan with another book and whatever else is done to it.
func rebook(also func(plan.DraftRequest, *draft.Draft), edits ...plan.Edit) round {
	return func(req plan.DraftRequest) (plan.DraftResult, error) {
		d := *req.Last
		d.Steps = slices.Clone(d.Steps)
		d.Steps[0] = call(req, "book", "getBook", "path:bookId", "7")
		if also != nil {
			also(req, &d)
		}
		return plan.DraftResult{Draft: &d, Edits: edits, Raw: "raw", Usage: usage}, nil
	}
}

func fresh(steps func(plan.DraftRequest) []*draft.Step) round {
	return func(req plan.DraftRequest) (plan.DraftResult, error) {
		return plan.DraftResult{Draft: &draft.Draft{Name: "New", Steps: steps(req)}, Raw: "raw", Usage: usage}, nil
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	const message = "Get the book with id 7 instead"
	book := plan.Edit{Kind: draft.Argument, Step: "book", Argument: "path:bookId", Words: "book with id 7"}
	drop := func(_ plan.DraftRequest, d *draft.Draft) { d.Steps = d.Steps[:1] }
	for _, tt := range []struct {
		name    string
		rounds  []round
		planner string
		calls   int
		problem string
		message []string
	}{
		{name: "named", rounds: []round{rebook(nil, book)}, planner: plan.PlannerOpenAI, calls: 1,
			message: []string{"Changed in the last plan:\n- Step book: bookId is now 7 (was 42).\nEverything else is as it was.\n"}},
		{name: "more than is named", rounds: []round{rebook(drop, book)}, planner: plan.PlannerBuiltin, calls: 3,
			problem: `"members" was changed (removed) although no edit names it`,
			message: []string{"did not pass its checks after two repairs", "It is a new plan; the last one is as it was."}},
		{name: "more than is named, then repaired", rounds: []round{rebook(drop, book), rebook(nil, book)}, planner: plan.PlannerOpenAI, calls: 2,
			problem: "no edit names it", message: []string{"bookId is now 7"}},
		{name: "more than is asked", rounds: []round{rebook(drop, book, plan.Edit{Kind: draft.Removed, Step: "members", Words: "ignore the members"})},
			planner: plan.PlannerBuiltin, calls: 3, problem: "which is not in the message"},
		{name: "words within words", rounds: []round{rebook(nil, plan.Edit{Kind: draft.Argument, Step: "book", Argument: "path:bookId", Words: "oo"})},
			planner: plan.PlannerBuiltin, calls: 3, problem: "which is not in the message"},
		{name: "no words", rounds: []round{rebook(nil, plan.Edit{Kind: draft.Argument, Step: "book", Argument: "path:bookId", Words: " …"})},
			planner: plan.PlannerBuiltin, calls: 3, problem: "which is not in the message"},
		{name: "renamed", rounds: []round{rebook(func(_ plan.DraftRequest, d *draft.Draft) { d.Name = "x" }, book)}, planner: plan.PlannerBuiltin, calls: 3, problem: "(titled)"},
		{name: "another operation under the same name", planner: plan.PlannerBuiltin, calls: 3, problem: "(called)",
			rounds: []round{rebook(func(req plan.DraftRequest, d *draft.Draft) {
				d.Steps[0] = call(req, "book", "deleteBook", "path:bookId", "7")
			}, book)}},
		{name: "nothing", rounds: []round{rebook(func(req plan.DraftRequest, d *draft.Draft) { d.Steps[0] = req.Last.Steps[0] }, book)},
			planner: plan.PlannerBuiltin, calls: 3, problem: "change nothing"},
		{name: "the last plan over again as a new one", planner: plan.PlannerBuiltin, calls: 3, problem: "calls an operation of the last plan",
			rounds: []round{fresh(func(req plan.DraftRequest) []*draft.Step {
				return []*draft.Step{call(req, "x", "getBook", "path:bookId", "7")}
			})}},
		{name: "a new plan", planner: plan.PlannerOpenAI, calls: 1,
			rounds: []round{fresh(func(req plan.DraftRequest) []*draft.Step {
				return []*draft.Step{call(req, "book", "deleteBook", "path:bookId", "7")}
			})}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &scripted{rounds: append([]round{first}, tt.rounds...)}
			h := newHouse(t, m, connect(t, "library.yaml"))
			was := h.mustDraft(t, "Get the book with id 42 and list the members")
			p, err := h.Draft(h.ctx, plan.Request{Message: message, ConversationID: was.ConversationID})
			if err != nil {
				t.Fatal(err)
			}
			if calls := len(m.requests) - 1; p.Planner != tt.planner || calls != tt.calls {
				t.Errorf("planner %s after %d calls: %s", p.Planner, calls, p.Message)
			}
			if req := m.requests[1]; req.Goal != message || req.Last == nil || len(req.Candidates) < 1 || len(req.Candidates) > 3 {
				t.Errorf("the model was told %+v", req)
			}
			if tt.problem != "" && (len(m.requests) < 3 || !strings.Contains(strings.Join(m.requests[2].Problems, "\n"), tt.problem)) {
				t.Errorf("the second round was told %q", m.requests[min(2, len(m.requests)-1)].Problems)
			}
			for _, part := range tt.message {
				if !strings.Contains(p.Message, part) {
					t.Errorf("message %q lacks %q", p.Message, part)
				}
			}
			if len(tt.message) == 0 && strings.Contains(p.Message, "Changed in the last plan") {
				t.Errorf("message %q", p.Message)
			}
			if kept, err := h.Get(h.ctx, was.PlanID); err != nil || cmp.Diff(was, kept) != "" {
				t.Errorf("the last plan was changed (%v):\n%s", err, cmp.Diff(was, kept))
			}
		})
	}
}

// An edited plan differs from the last in the one argument, and the trail tells
// what it was made of and what it took.
func TestEditedWorkflow(t *testing.T) {
	t.Parallel()
	m := &scripted{rounds: []round{first, rebook(nil, plan.Edit{Kind: draft.Argument, Step: "book", Argument: "path:bookId", Words: "id 7"})}}
	h := newHouse(t, m, connect(t, "library.yaml"))
	was := h.mustDraft(t, "Get the book with id 42 and list the members")
	p, err := h.Draft(h.ctx, plan.Request{Message: "Take id 7", ConversationID: was.ConversationID})
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(string(was.Workflow), `:42`, `:7`, 1); string(p.Workflow) != want {
		t.Errorf("workflow\n%s, want\n%s", p.Workflow, want)
	}
	change := []draft.Change{{Kind: draft.Argument, Step: "book", Argument: "path:bookId", From: "42", To: "7"}}
	if diff := cmp.Diff(change, p.Changes); diff != "" || p.BasedOn != was.PlanID {
		t.Errorf("based on %s, changes (-want +got):\n%s", p.BasedOn, diff)
	}
	page, err := h.trail.List(h.ctx, audit.Filter{}, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"basedOn":"` + was.PlanID + `"`, `"changes":1`, `"promptTokens":10`, `"calls":1`} {
		if !strings.Contains(string(page.Records[0].Details), part) {
			t.Errorf("trail %s lacks %s", page.Records[0].Details, part)
		}
	}
}

// Answers that were given stay given when the plan is edited.
func TestEditKeepsAnswers(t *testing.T) {
	t.Parallel()
	ask := func(req plan.DraftRequest) (plan.DraftResult, error) {
		st := call(req, "book", "createBook", "body:genre", `"crime"`)
		f, _ := st.Op.Arg("body", "title")
		st.Args = append(st.Args, draft.Ask([]*draft.Step{st}, st.Op, f))
		return plan.DraftResult{Draft: &draft.Draft{Name: "Add", Steps: []*draft.Step{st}}, Usage: usage}, nil
	}
	poetry := func(req plan.DraftRequest) (plan.DraftResult, error) {
		d, st := *req.Last, *req.Last.Steps[0]
		st.Args = slices.Clone(st.Args)
		st.Args[0].Value = draft.Literal("poetry")
		d.Steps = []*draft.Step{&st}
		return plan.DraftResult{Draft: &d, Edits: []plan.Edit{{Kind: draft.Argument, Step: "book", Argument: "body:genre", Words: "poetry"}}, Usage: usage}, nil
	}
	m := &scripted{rounds: []round{ask, poetry}}
	h := newHouse(t, m, connect(t, "library.yaml"))
	p := h.mustDraft(t, "Add a crime book")
	next, err := h.Draft(h.ctx, plan.Request{Message: p.Questions[0].Field + ": Emma", ConversationID: p.ConversationID})
	if err != nil || len(next.Questions) != 0 {
		t.Fatalf("questions %+v, err %v", next.Questions, err)
	}
	if next, err = h.Draft(h.ctx, plan.Request{Message: "Make it poetry", ConversationID: p.ConversationID}); err != nil || len(next.Questions) != 0 {
		t.Fatalf("asked again: %+v, err %v", next.Questions, err)
	}
	for _, turn := range m.requests[1].History {
		if strings.Contains(turn.Text, "Emma") {
			t.Errorf("the model was told the answer: %+v", turn)
		}
	}
	c, err := h.Confirm(h.ctx, next.PlanID, nil, nil)
	if err != nil || string(c.Input) != `{"`+p.Questions[0].Field+`":"Emma"}` || !strings.Contains(string(c.Workflow.Steps[0].Body), "poetry") {
		t.Errorf("input %s, body %s, err %v", c.Input, c.Workflow.Steps[0].Body, err)
	}
}

// A plan that was made without the model can be edited with it.
func TestEditOfABuiltinPlan(t *testing.T) {
	t.Parallel()
	seven := func(req plan.DraftRequest) (plan.DraftResult, error) {
		d, st := *req.Last, *req.Last.Steps[0]
		st.Args = []draft.Arg{{In: "path", Path: []string{"bookId"}, Value: draft.Literal(7)}}
		d.Steps = []*draft.Step{&st}
		return plan.DraftResult{Draft: &d, Edits: []plan.Edit{{Kind: draft.Argument, Step: st.ID, Argument: "path:bookId", Words: "id 7"}}, Usage: usage}, nil
	}
	m := &scripted{rounds: []round{fails(plan.ModelError{Reason: "The model is at its rate limit."}), seven}}
	h := newHouse(t, m, connect(t, "library.yaml"))
	was := h.mustDraft(t, "Get the book with id 42")
	p, err := h.Draft(h.ctx, plan.Request{Message: "Take id 7", ConversationID: was.ConversationID})
	if err != nil || was.Planner != plan.PlannerBuiltin || p.Planner != plan.PlannerOpenAI || !strings.Contains(p.Message, "bookId is now 7 (was 42)") || p.Confidence < was.Confidence {
		t.Errorf("%s, then %s: %s (%v, was %v), err %v", was.Planner, p.Planner, p.Message, p.Confidence, was.Confidence, err)
	}
}

// A plan whose connection is gone cannot be edited; the message is planned anew.
func TestEditWithoutItsConnection(t *testing.T) {
	t.Parallel()
	m := &scripted{rounds: []round{first, first}}
	conns := connect(t, "library.yaml", "library.yaml")
	h := newHouse(t, m, conns)
	was, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42 and list the members", Connections: []string{conns.conns[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Draft(h.ctx, plan.Request{Message: "Get the book with id 7 and list the members", ConversationID: was.ConversationID, Connections: []string{conns.conns[1].ID}})
	if err != nil || m.requests[1].Last != nil {
		t.Errorf("last %+v, err %v", m.requests[1].Last, err)
	}
}

// What a model took is recorded where no plan came of it, too.
func TestUsageOfNoPlan(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]plan.ModelError{
		"impossible": {Reason: "no such thing", Impossible: true},
		"failed":     {Reason: "The model is at its rate limit."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, &scripted{rounds: []round{fails(e)}}, connect(t, "library.yaml"))
			_, err := h.Draft(h.ctx, plan.Request{Message: "Note the weather forecast in Paris"})
			if code(err) != apierr.PlanNotPossible || !strings.Contains(err.Error(), e.Reason) {
				t.Fatalf("err %v", err)
			}
			page, err := h.trail.List(h.ctx, audit.Filter{}, 10, "")
			if err != nil || len(page.Records) != 1 || page.Records[0].Action != "plan.none" || !strings.Contains(string(page.Records[0].Details), `"completionTokens":2`) {
				t.Errorf("trail %+v, err %v", page.Records, err)
			}
		})
	}
}

// A checker's message names the step that the model knows, not the document's place.
func TestProblemsNameSteps(t *testing.T) {
	t.Parallel()
	m := &scripted{rounds: []round{get(`"not a number"`), get("42")}}
	h := newHouse(t, m, connect(t, "library.yaml"))
	p := h.mustDraft(t, "Get the book with id 42")
	if _, err := workflow.Parse(p.Workflow); err != nil {
		t.Fatal(err)
	}
	if got := m.requests[1].Problems[0]; !strings.HasPrefix(got, "step one parameters/bookId: ") {
		t.Errorf("problem %q", got)
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	u := plan.Usage{PromptTokens: 4000, CompletionTokens: 500}
	for _, tt := range []struct {
		price plan.Price
		want  float64
	}{{plan.Price{}, 0}, {plan.Price{Input: 0.25, Output: 2}, 0.002}, {plan.Price{Output: 0.000001}, 0.000000001}} {
		if got := tt.price.Of(u); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.price, got, tt.want)
		}
	}
}
