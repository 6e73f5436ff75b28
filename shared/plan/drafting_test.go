package plan_test

import (
	"context"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/draft"
)

// scripted is a model whose rounds are written down; the last repeats.
type scripted struct {
	rounds   []func(plan.DraftRequest) (plan.DraftResult, error)
	requests []plan.DraftRequest
}

func (s *scripted) Draft(_ context.Context, req plan.DraftRequest) (plan.DraftResult, error) {
	n := min(len(s.requests), len(s.rounds)-1)
	s.requests = append(s.requests, req)
	return s.rounds[n](req)
}

var usage = plan.Usage{Model: "m", PromptTokens: 10, CompletionTokens: 2, Calls: 1}

// get drafts one call of getBook with a literal.
func get(book string) func(plan.DraftRequest) (plan.DraftResult, error) {
	return func(req plan.DraftRequest) (plan.DraftResult, error) {
		for _, h := range req.Offered {
			if h.Op.ID() == "getBook" {
				d := &draft.Draft{Name: "x", Steps: []*draft.Step{{ID: "one", Entry: h.Entry, Op: h.Op, Why: "You asked.",
					Args: []draft.Arg{{In: "path", Path: []string{"bookId"}, Value: draft.Value{Literal: []byte(book)}}}}}}
				return plan.DraftResult{Draft: d, Raw: "raw " + book, Usage: usage}, nil
			}
		}
		return plan.DraftResult{}, &plan.ModelError{Reason: "getBook was not offered"}
	}
}

func fails(e plan.ModelError) func(plan.DraftRequest) (plan.DraftResult, error) {
	e.Usage = usage
	return func(plan.DraftRequest) (plan.DraftResult, error) { c := e; return plan.DraftResult{}, &c }
}

func TestModel(t *testing.T) {
	t.Parallel()
	type round = func(plan.DraftRequest) (plan.DraftResult, error)
	unusable := fails(plan.ModelError{Reason: "it is not JSON.", Problems: []string{"it is not JSON"}, Raw: "{"})
	for _, tt := range []struct {
		name    string
		rounds  []round
		planner string
		begins  string
		calls   int
		refused apierr.Code
	}{
		{name: "good", rounds: []round{get("42")}, planner: plan.PlannerOpenAI, calls: 1},
		{name: "repaired after the checks", rounds: []round{get(`"not a number"`), get("42")}, planner: plan.PlannerOpenAI, calls: 2},
		{name: "repaired after bad output", rounds: []round{unusable, get("42")}, planner: plan.PlannerOpenAI, calls: 2},
		{name: "repair exhausted by the checks", rounds: []round{get(`"not a number"`)}, planner: plan.PlannerBuiltin, begins: "The model's plan did not pass its checks", calls: 3},
		{name: "repair exhausted by output", rounds: []round{unusable}, planner: plan.PlannerBuiltin, begins: "The model's answer was not usable after two repairs", calls: 3},
		{name: "rate limit", rounds: []round{fails(plan.ModelError{Reason: "The model is at its rate limit."})}, planner: plan.PlannerBuiltin, begins: "The model is at its rate limit.", calls: 1},
		{name: "impossible", rounds: []round{fails(plan.ModelError{Reason: "no such thing", Impossible: true})}, refused: apierr.PlanNotPossible, calls: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &scripted{rounds: tt.rounds}
			h := newHouse(t, m, connect(t, "library.yaml"))
			p, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42"})
			if len(m.requests) != tt.calls {
				t.Errorf("%d calls, want %d", len(m.requests), tt.calls)
			}
			if tt.refused != "" {
				if code(err) != tt.refused {
					t.Fatalf("err %v, want %s", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Planner != tt.planner || !strings.HasPrefix(p.Message, tt.begins) {
				t.Errorf("planner %s, message %q", p.Planner, p.Message)
			}
			for _, s := range p.Steps {
				for _, c := range s.Checks {
					if c.OK != nil && !*c.OK {
						t.Errorf("shown with a failed check: %+v", c)
					}
				}
			}
			if tt.calls > 1 {
				if r := m.requests[1]; len(r.Problems) == 0 || r.Previous == "" {
					t.Errorf("the second round is not told what was wrong: %+v", r)
				}
			}
		})
	}
}

// Where neither the model nor the built-in planner has a plan, none is shown.
func TestModelFailsAndNothingFits(t *testing.T) {
	t.Parallel()
	m := &scripted{rounds: []func(plan.DraftRequest) (plan.DraftResult, error){fails(plan.ModelError{Reason: "The model is at its rate limit."})}}
	h := newHouse(t, m, connect(t, "library.yaml"))
	if _, err := h.Draft(h.ctx, plan.Request{Message: "Order a pizza with olives"}); code(err) != apierr.PlanNotPossible {
		t.Errorf("err %v, want PLAN_NOT_POSSIBLE", err)
	}
}
