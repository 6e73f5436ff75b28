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

// Examples of both kinds.
type Examples struct{ Retrieval, Sequence []Example }

// Options of training.
type Options struct {
	// Progress is told what is done. Defaults to nobody.
	Progress func(what string, done, all int)
}

func (o *Options) tell(what string) func(done, all int) {
	return func(done, all int) {
		if o != nil && o.Progress != nil {
			o.Progress(what, done, all)
		}
	}
}

// Gather reads the goals of a folder and what they teach.
func Gather(ctx context.Context, corpus *eval.Corpus, planner *builtin.Planner, o *Options) (*Examples, error) {
	var out Examples
	for _, s := range forRetrieval() {
		list, err := gather(ctx, corpus, s, &pupil{planner: planner, lesson: ranking}, o.tell("operations of "+s.set))
		if err != nil {
			return nil, err
		}
		out.Retrieval = append(out.Retrieval, list...)
	}
	for _, s := range forSequence() {
		list, err := gather(ctx, corpus, s, &pupil{planner: planner, lesson: ordering}, o.tell("plans of "+s.set))
		if err != nil {
			return nil, err
		}
		out.Sequence = append(out.Sequence, list...)
	}
	return &out, nil
}

func gather(ctx context.Context, corpus *eval.Corpus, s source, p *pupil, tell func(done, all int)) ([]Example, error) {
	p.taught = map[string][]learn.Choice{}
	r, err := eval.Run(ctx, corpus, s.set, p, &eval.Options{Connected: s.connected, Limit: s.limit, Progress: tell})
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
