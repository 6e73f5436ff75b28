package train

import (
	"context"
	"hash/fnv"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
)

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

// Trainer grows forests from the goals of a corpus.
type Trainer struct {
	corpus  *eval.Corpus
	planner func(*retrieve.Ranker) *builtin.Planner
	o       *Options
	ranking []Example
}

// New reads what the goals teach about finding operations. The planner's Ranker and
// Model are not used: nothing that is grown depends on what was grown before.
func New(ctx context.Context, corpus *eval.Corpus, planner *builtin.Options, o *Options) (*Trainer, error) {
	t := &Trainer{corpus: corpus, o: o, planner: func(r *retrieve.Ranker) *builtin.Planner {
		p := *planner
		p.Ranker, p.Model = r, nil
		return builtin.New(&p)
	}}
	var err error
	t.ranking, err = t.rankings(ctx)
	return t, err
}

// Forests are what is grown.
type Forests struct{ Retrieval, Sequence *learn.Forest }

// parts is in how many parts the goals are for the sequence's examples.
const parts = 3

// Grow grows both forests from the goals over the APIs of the vendors for which use
// holds; nil means all. The operations among which the sequence learns to choose are
// found, for each goal, by a ranker that was grown without its vendor: a ranker that has
// seen a goal finds better for it than it will for any other.
func (t *Trainer) Grow(ctx context.Context, use func(vendor string) bool) (*Forests, error) {
	if use == nil {
		use = func(string) bool { return true }
	}
	rankers := make([]*learn.Forest, parts+1)
	all, growing := errgroup.WithContext(ctx)
	all.SetLimit(runtime.GOMAXPROCS(0))
	for n := range rankers {
		all.Go(func() error {
			var err error
			rankers[n], err = learn.Grow(growing, choices(t.ranking, func(v string) bool { return use(v) && part(v) != n }), retrieve.NumFeatures, &learn.Options{
				Trees: 120, Leaves: 8, Rate: 0.15, Ridge: 20, Columns: 0.4, LeastRows: 60, Rows: 0.5, Progress: t.o.tell("ranker")})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	var ordering []Example
	for n := range parts {
		list, err := t.orders(ctx, rankers[n], func(v string) bool { return use(v) && part(v) == n })
		if err != nil {
			return nil, err
		}
		ordering = append(ordering, list...)
	}
	model, err := learn.Grow(ctx, choices(ordering, nil), sequence.Features, &learn.Options{
		Trees: 200, Leaves: 5, Rate: 0.1, Ridge: 20, Columns: 0.4, LeastRows: 60, Progress: t.o.tell("model")})
	if err != nil {
		return nil, err
	}
	return &Forests{Retrieval: rankers[parts], Sequence: model}, nil
}

func choices(list []Example, use func(string) bool) []learn.Choice {
	var out []learn.Choice
	for _, e := range list {
		if use == nil || use(e.Vendor) {
			out = append(out, e.Choices...)
		}
	}
	return out
}

// Fold is the part of n that a vendor's goals belong to when it is measured.
func Fold(vendor string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(vendor))    // it never fails
	return int(h.Sum32() % uint32(n)) //nolint:gosec // few folds
}

// part is the part that a vendor's goals belong to when the sequence's examples are made:
// another one than when it is measured.
func part(vendor string) int { return Fold("part of "+vendor, parts) }
