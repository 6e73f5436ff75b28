package train

import (
	"context"
	"sync"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
)

// source is a set of goals with how it is asked.
type source struct {
	set       string
	connected int // APIs that a goal is asked over; 0 for its own, negative for all
	limit     int
	weight    float64 // of a decision
}

// Goals are asked over few and over many APIs, since both happen. Sets of people's own
// sentences are small, and count double against descriptions of workflows.
func forRetrieval() []source {
	return []source{
		{"arazzo", 28, 0, 1}, {"arazzo", 200, 400, 1}, {"arazzo", -1, 300, 1}, {"stabletoolbench", -1, 0, 1},
		{"restbench", 28, 0, 1}, {"toolalpaca", 28, 0, 1}, {"sgd", 28, 0, 1}, {"glaive", 28, 60, 1},
	}
}

func forSequence() []source {
	return []source{{"arazzo", 0, 0, 1}, {"restbench", 0, 0, 2}, {"toolalpaca", 0, 0, 2}, {"sgd", 0, 0, 2}, {"glaive", 0, 0, 2}}
}

// Example is what a goal teaches.
type Example struct {
	Vendor  string
	Choices []learn.Choice
}

// rankings are what the goals of the corpus teach about finding operations.
func (t *Trainer) rankings(ctx context.Context) ([]Example, error) {
	var out []Example
	planner := t.planner(nil)
	for _, s := range forRetrieval() {
		list, err := t.gather(ctx, s, &pupil{planner: planner, lesson: ranking}, nil, "operations of "+s.set)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// orders are what goals teach about the order of calls, with operations that a ranker
// has found for them.
func (t *Trainer) orders(ctx context.Context, ranker *learn.Forest, use func(vendor string) bool) ([]Example, error) {
	var out []Example
	planner := t.planner(retrieve.New(ranker))
	for _, s := range forSequence() {
		list, err := t.gather(ctx, s, &pupil{planner: planner, lesson: ordering}, func(g *eval.Goal) bool { return use(g.Vendor()) }, "plans of "+s.set)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (t *Trainer) gather(ctx context.Context, s source, p *pupil, only func(*eval.Goal) bool, what string) ([]Example, error) {
	p.taught = map[string][]learn.Choice{}
	r, err := eval.Run(ctx, t.corpus, s.set, p, &eval.Options{Connected: s.connected, Limit: s.limit, Only: only, Progress: t.o.tell(what)})
	if err != nil {
		return nil, err
	}
	out := make([]Example, 0, len(r.Goals))
	for i := range r.Goals {
		choices := p.taught[r.Goals[i].ID]
		for c := range choices {
			choices[c].Weight = s.weight
		}
		out = append(out, Example{r.Goals[i].Vendor(), choices})
	}
	return out, nil
}

// pupil answers nothing and keeps what each goal teaches.
type pupil struct {
	planner *builtin.Planner
	lesson  func(ctx context.Context, p *builtin.Planner, g *eval.Goal, over *eval.Over) ([]learn.Choice, error)
	mu      sync.Mutex
	taught  map[string][]learn.Choice
}

// Answer implements eval.System.
func (p *pupil) Answer(ctx context.Context, g *eval.Goal, over *eval.Over) (eval.Answer, error) {
	choices, err := p.lesson(ctx, p.planner, g, over)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taught[g.ID] = choices
	return eval.Answer{}, err
}

// wrongOnes is how many of the best wrong operations each right one is told from, with
// every third of the others, so that all that is ranked later has been seen.
const wrongOnes = 45

// ranking: each right operation that was found is to be chosen before the wrong ones.
func ranking(_ context.Context, p *builtin.Planner, g *eval.Goal, over *eval.Over) ([]learn.Choice, error) {
	gold := map[string]bool{}
	for _, op := range g.Gold() {
		gold[op] = true
	}
	problem, found := p.Looked(g.Text, over.Set)
	features := retrieve.Features(problem, found)
	var wrong [][]float64
	var right [][]float64
	for i, f := range found {
		switch {
		case gold[over.Name(f.Entry, f.Op)]:
			right = append(right, features[i])
		case len(wrong) < wrongOnes || i%3 == 0:
			wrong = append(wrong, features[i])
		}
	}
	var out []learn.Choice
	for _, x := range right {
		out = append(out, learn.Choice{Of: append([][]float64{x}, wrong...)})
	}
	return out, nil
}

// ordering: after the right calls so far, the next right one is to be chosen, or the end.
func ordering(ctx context.Context, p *builtin.Planner, g *eval.Goal, over *eval.Over) ([]learn.Choice, error) {
	s, err := p.Sequenced(ctx, g.Text, over.Set)
	if err != nil {
		return nil, err
	}
	var gold []int
	for _, op := range g.Gold() {
		at := -1
		for i := range s.Candidates {
			if c := &s.Candidates[i]; over.Name(c.Entry, c.Op) == op {
				at = i
				break
			}
		}
		gold = append(gold, at)
	}
	return sequence.Trace(s.Goal, s.Candidates, s.Rules, gold), nil
}
