package sequence_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/match"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/plan/sequence"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func library(t *testing.T) *catalog.Set {
	t.Helper()
	return catalog.NewSet(catalog.Entry{Connection: "con_1", Name: "Library", API: plantest.API(t, spectest.Open(t, "../testdata/library.yaml"))})
}

// problem is "list books, create loan" over all operations of the library.
func problem(t *testing.T) (*match.Problem, []sequence.Candidate) {
	t.Helper()
	set := library(t)
	read, create := &[match.Methods]float64{1, 0.5, 0, 0, 0}, &[match.Methods]float64{0.4, 1, 0.8, 0.5, 0}
	g := &match.Goal{Sentences: 1, Commas: 1, Clauses: 2, Verbs: 2}
	for i, w := range []string{"list", "books", "create", "loan"} {
		word := match.Word{Text: w, Stem: catalog.Stem(w), Weight: 1}
		switch i {
		case 0:
			word.Acts = read
		case 2:
			word.Acts, word.Break = create, match.Comma
		}
		g.Words = append(g.Words, word)
	}
	var candidates []sequence.Candidate
	for _, op := range set.Entries[0].Ops {
		c := sequence.Candidate{Entry: &set.Entries[0], Op: op, Serves: make([]float64, 2)}
		switch op.ID() {
		case "listBooks":
			c.Serves[0], c.Ruled = 1, 1
		case "createLoan":
			c.Serves[1], c.Ruled = 1, 2
		}
		candidates = append(candidates, c)
	}
	return match.New(g, set), candidates
}

func calls(candidates []sequence.Candidate, p sequence.Plan) []string {
	var out []string
	for _, i := range p.Calls {
		out = append(out, candidates[i].Op.ID())
	}
	return out
}

// TestShipped: the weights of the binary are sound; plans come best first, and their
// probabilities are those of different outcomes.
func TestShipped(t *testing.T) {
	t.Parallel()
	goal, candidates := problem(t)
	rules := sequence.Rules{Coverage: 1, Least: 1, Mean: 1}
	plans, ruled, err := sequence.Shipped().Search(context.Background(), goal, candidates, rules)
	if err != nil || len(plans) < 2 {
		t.Fatal(plans, err)
	}
	if got := calls(candidates, plans[0]); !slices.Equal(got, []string{"listBooks", "createLoan"}) {
		t.Errorf("the likeliest plan is %v", got)
	}
	sum := 0.0
	for i, p := range plans {
		sum += p.Probability
		if i > 0 && p.Probability > plans[i-1].Probability {
			t.Errorf("plan %d is likelier than the one before", i)
		}
	}
	if sum > 1+1e-9 || ruled < plans[0].Probability-1e-9 || ruled > plans[0].Probability+1e-9 {
		t.Errorf("probabilities together %v; the rules' plan, which is the likeliest, %v, found as %v", sum, ruled, plans[0].Probability)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := sequence.Shipped().Search(ctx, goal, candidates, rules); !errors.Is(err, context.Canceled) {
		t.Errorf("ended from outside: %v", err)
	}
	if plans, ruled, err := sequence.Shipped().Search(context.Background(), goal, nil, rules); err != nil || len(plans) != 0 || ruled != 0 {
		t.Errorf("without candidates: %v %v %v", plans, ruled, err)
	}
}

// TestLearns: a model that is grown from one plan makes it, whatever the rules hold.
func TestLearns(t *testing.T) {
	t.Parallel()
	goal, candidates := problem(t)
	var gold []int
	for _, want := range []string{"listMembers", "deleteBook"} {
		gold = append(gold, slices.IndexFunc(candidates, func(c sequence.Candidate) bool { return c.Op.ID() == want }))
	}
	lesson := sequence.Trace(goal, candidates, sequence.Rules{}, gold)
	if len(lesson) != 3 || lesson[2].Taken != 0 || len(lesson[0].Of) != len(candidates)+1 || len(lesson[0].Of[0]) != sequence.Features {
		t.Fatalf("%d decisions, %+v", len(lesson), lesson)
	}
	var many []learn.Choice
	for range 40 {
		many = append(many, lesson...)
	}
	f, err := learn.Grow(context.Background(), many, sequence.Features, &learn.Options{Trees: 60, LeastRows: 5, Rate: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	plans, _, err := sequence.NewModel(f).Search(context.Background(), goal, candidates, sequence.Rules{})
	if err != nil || !slices.Equal(plans[0].Calls, gold) || plans[0].Probability < 0.5 {
		t.Errorf("%v, want %v (%v)", plans, gold, err)
	}
	if cut := sequence.Trace(goal, candidates, sequence.Rules{}, []int{gold[0], -1, gold[1]}); len(cut) != 1 {
		t.Errorf("%d decisions of a plan whose second call is no candidate, want 1", len(cut))
	}
}
