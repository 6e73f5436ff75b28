package corrupt

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/workflow"
)

// Judge checks plans, and mends them.
type Judge interface {
	// Check lists what is wrong.
	Check(ctx context.Context, d *draft.Draft, set *catalog.Set) ([]apierr.Problem, error)
	// CheckBare is Check where no connection holds a credential.
	CheckBare(ctx context.Context, d *draft.Draft, set *catalog.Set) ([]apierr.Problem, error)
	// Settle changes the plan until nothing is; false where it cannot.
	Settle(ctx context.Context, d *draft.Draft, set *catalog.Set) (bool, error)
}

// Options of Run.
type Options struct {
	// Limit takes only the first goals. Defaults to all.
	Limit int
	// Seed chooses other places to break. Defaults to none.
	Seed string
	// Workers is how many goals are judged at once. Defaults to the processors.
	Workers int
	// Progress is told after each goal. Defaults to nobody.
	Progress func(done, all int)
}

// Run breaks the gold plans of a set that pass as they are, each once in each class.
func Run(ctx context.Context, c *eval.Corpus, set string, j Judge, opts *Options) (*Tally, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	documents, err := c.DocumentsOf(set)
	if err != nil {
		return nil, err
	}
	r := &runner{corpus: c, judge: j, documents: documents, seed: o.Seed, tally: newTally()}
	if _, err := eval.Run(ctx, c, set, r, &eval.Options{Limit: o.Limit, Workers: o.Workers, Progress: o.Progress}); err != nil {
		return nil, err
	}
	r.tally.sort()
	return r.tally, nil
}

// runner answers no goal; it is shown each with its APIs.
type runner struct {
	corpus    *eval.Corpus
	judge     Judge
	documents []string
	seed      string
	mu        sync.Mutex
	tally     *Tally
}

// Answer implements eval.System.
func (r *runner) Answer(ctx context.Context, g *eval.Goal, over *eval.Over) (eval.Answer, error) {
	d, left := Gold(g, over)
	if left != "" {
		r.note(func(t *Tally) { t.left(g.ID, left) })
		return eval.Answer{}, nil
	}
	problems, err := r.judge.Check(ctx, d, over.Set)
	if err != nil {
		return eval.Answer{}, err
	}
	r.note(func(t *Tally) { t.gold(g.ID, problems) })
	if len(problems) > 0 {
		return eval.Answer{}, nil
	}
	foreign, err := r.foreign(ctx, g)
	if err != nil {
		return eval.Answer{}, err
	}
	for _, class := range Classes() {
		b, ok := Break(d, class, g.ID+r.seed, foreign)
		if !ok {
			continue
		}
		out, err := r.outcome(ctx, d, b, over.Set)
		if err != nil {
			return eval.Answer{}, fmt.Errorf("%s: %w", class, err)
		}
		r.note(func(t *Tally) { t.add(class, g.ID, out) })
	}
	return eval.Answer{}, nil
}

func (r *runner) note(f func(*Tally)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.tally)
}

// foreign is the API of the next document that is none of the goal's, if there is any.
func (r *runner) foreign(ctx context.Context, g *eval.Goal) (*catalog.API, error) {
	own := map[string]bool{}
	at := 0
	for _, name := range g.Documents() {
		own[name] = true
	}
	for i, name := range r.documents {
		if own[name] {
			at = i
		}
	}
	for i := range r.documents {
		if name := r.documents[(at+i)%len(r.documents)]; !own[name] {
			return r.corpus.API(ctx, name)
		}
	}
	return nil, nil
}

func (r *runner) outcome(ctx context.Context, gold *draft.Draft, b Broken, set *catalog.Set) (Outcome, error) {
	out := Outcome{Open: b.Open, Put: b.Put}
	check := r.judge.Check
	if b.Bare {
		check = r.judge.CheckBare
	}
	problems, err := check(ctx, b.Draft, set)
	if err != nil {
		return out, err
	}
	out.Problems = problems
	places, err := pointers(b)
	if err != nil {
		return out, err
	}
	out.At = places
	for _, p := range problems {
		for _, at := range places {
			out.Placed = out.Placed || p.Path == at || strings.HasPrefix(p.Path, at+"/")
		}
	}
	if len(problems) == 0 || b.Bare {
		return out, nil
	}
	if out.Repaired, err = r.judge.Settle(ctx, b.Draft, set); err != nil || !out.Repaired {
		return out, err
	}
	before, err := encoded(gold)
	if err != nil {
		return out, err
	}
	after, err := encoded(b.Draft)
	out.Restored = before == after
	return out, err
}

// pointers are the places in the document where the broken thing lies.
func pointers(b Broken) ([]string, error) {
	doc, err := b.Draft.Compose()
	if err != nil {
		return nil, err
	}
	var out []string
	doc.Walk(func(path string, s *workflow.Step) {
		if s.ID == b.Step {
			for _, at := range b.At {
				out = append(out, path+at)
			}
		}
	})
	return out, nil
}

// encoded is the plan's document without the names of its inputs, which a question
// asked anew may change.
func encoded(d *draft.Draft) (string, error) {
	doc, err := d.Compose()
	if err != nil {
		return "", err
	}
	doc.Input = nil
	raw, err := workflow.Encode(&doc)
	if err != nil {
		return "", err
	}
	text := string(raw)
	for i, in := range d.Inputs() {
		text = strings.ReplaceAll(text, "$input."+in.Name+" ", fmt.Sprintf("$input.%d ", i))
	}
	return text, nil
}
