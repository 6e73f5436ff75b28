package plan_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan"
)

// purse has tokens for so many questions.
type purse struct {
	questions int
	used      []int64
}

func (p *purse) Hold(context.Context) (func(context.Context, int64) error, error) {
	if p.questions == 0 {
		e := apierr.New(apierr.QuotaExceeded, "The tokens are used up.")
		e.RetryAfter = time.Hour
		return nil, e
	}
	p.questions--
	return func(_ context.Context, used int64) error {
		p.used = append(p.used, used)
		return nil
	}, nil
}

// TestTokens: each question is paid for, refused answers too; without tokens the model
// is not asked, and the built-in planner's plan says so.
func TestTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		questions, calls int
		planner          string
	}{
		{"enough", 3, 2, plan.PlannerOpenAI},
		{"for the first round", 1, 1, plan.PlannerBuiltin},
		{"none", 0, 0, plan.PlannerBuiltin},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, tokens := &scripted{rounds: []round{get(`"not a number"`), get("42")}}, &purse{questions: c.questions}
			h := newHouseWith(t, connect(t, "library.yaml"), plan.Options{Model: m, Tokens: tokens})
			p, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42"})
			if err != nil || p.Planner != c.planner || len(m.requests) != c.calls || len(tokens.used) != c.calls {
				t.Fatalf("%s after %d calls, %v: %v", p.Planner, len(m.requests), tokens.used, err)
			}
			for _, n := range tokens.used {
				if n != usage.PromptTokens+usage.CompletionTokens {
					t.Errorf("a question took %d", n)
				}
			}
			if short := strings.HasPrefix(p.Message, "The tokens are used up. This plan was made by the built-in planner."); short != (c.planner == plan.PlannerBuiltin) {
				t.Errorf("%q", p.Message)
			}
		})
	}
}

// TestNoTokensNoPlan: where the built-in planner has no plan either, the answer says
// when the model can be asked again.
func TestNoTokensNoPlan(t *testing.T) {
	t.Parallel()
	h := newHouseWith(t, connect(t, "library.yaml"), plan.Options{Model: &scripted{}, Tokens: &purse{}})
	_, err := h.Draft(h.ctx, plan.Request{Message: "Translate the book with id 42 into French"})
	if e := apierr.From(err); e.Code != apierr.QuotaExceeded || e.RetryAfter != time.Hour || !strings.HasPrefix(e.Detail, "The tokens are used up. No operation") {
		t.Errorf("%v", err)
	}
}
