package eval

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime"
	"slices"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/plan/catalog"
)

// System answers goals.
type System interface {
	Answer(ctx context.Context, g *Goal, over *Over) (Answer, error)
}

// Over is what a goal is asked over: APIs that are connected under ids of their own.
type Over struct {
	*catalog.Set
	documents map[string]string // by connection
}

// Name is an operation as gold names it.
func (o *Over) Name(e *catalog.Entry, op *catalog.Op) string {
	return o.documents[e.Connection] + " " + op.Method() + " " + op.Spec.Path
}

// Options of Run.
type Options struct {
	// Connected is how many APIs a goal is asked over: those of its answer, and others
	// chosen by its id. Defaults to those of its answer only; negative means all.
	Connected int
	// Only takes the goals for which it holds. Defaults to all.
	Only func(*Goal) bool
	// Limit takes only the first goals. Defaults to all.
	Limit int
	// Workers is how many goals are answered at once. Defaults to the processors.
	Workers int
	// Progress is told after each goal. Defaults to nobody.
	Progress func(done, all int)
	// Each is given every answer in the order of the goals, as soon as those before it
	// are there, and what is left where Run ends early; its error ends Run. Defaults to
	// nobody.
	Each func(Answer) error
}

// Result is what a set's goals were answered.
type Result struct {
	Goals   []Goal
	Answers []Answer
	// Took are the times of the answers, sorted; documents were open before.
	Took []time.Duration
	// Connected is how many APIs, Operations how many operations of them, a goal was asked
	// over, in the mean.
	Connected, Operations float64
}

// Quantile is the time within which that part of the goals was answered.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Took) == 0 {
		return 0
	}
	return r.Took[min(len(r.Took)-1, int(q*float64(len(r.Took))))]
}

// Run has the goals of a set answered, in parallel, and keeps their order. Where it
// ends early, the Result beside the error is of the goals that were answered.
func Run(ctx context.Context, c *Corpus, set string, sys System, opts *Options) (*Result, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	goals, err := Read(c.dir, set)
	if err != nil {
		return nil, err
	}
	if o.Only != nil {
		goals = slices.DeleteFunc(goals, func(g Goal) bool { return !o.Only(&g) })
	}
	if o.Limit > 0 {
		goals = goals[:min(o.Limit, len(goals))]
	}
	var others []string
	if o.Connected != 0 {
		if others, err = c.Names(set); err != nil {
			return nil, err
		}
	}
	k := &keeper{answers: make([]*answered, len(goals)), each: o.Each, progress: o.Progress}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(o.Workers)
	for i := range goals {
		all.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			over, err := c.over(ctx, set, &goals[i], others, o.Connected)
			if err != nil {
				return err
			}
			began := time.Now()
			a, err := sys.Answer(ctx, &goals[i], over)
			if err != nil {
				return fmt.Errorf("eval: %s: %w", goals[i].ID, err)
			}
			a.ID = goals[i].ID
			return k.keep(i, &answered{Answer: a, took: time.Since(began), apis: len(over.Entries), operations: over.Len()})
		})
	}
	err = all.Wait()
	return k.result(goals), errors.Join(err, k.rest())
}

// over opens the APIs that a goal is asked over.
func (c *Corpus) over(ctx context.Context, set string, g *Goal, others []string, connected int) (*Over, error) {
	names := g.Documents()
	if connected < 0 {
		c.mu.Lock()
		o := c.all[set]
		c.mu.Unlock()
		if o != nil {
			return o, nil
		}
		names = others
	} else if len(names) < connected {
		names = append(names, choose(g.ID, others, names, connected-len(names))...)
	}
	o := &Over{documents: make(map[string]string, len(names))}
	entries := make([]catalog.Entry, 0, len(names))
	for i, name := range names {
		api, err := c.API(ctx, name)
		if err != nil {
			return nil, err
		}
		con := fmt.Sprintf("con_%026d", i)
		o.documents[con] = name
		entries = append(entries, catalog.Entry{Connection: con, Name: api.Title, API: api})
	}
	o.Set = catalog.NewSet(entries...)
	if connected < 0 {
		c.mu.Lock()
		c.all[set] = o
		c.mu.Unlock()
	}
	return o, nil
}

// choose takes n of the others, the same for the same goal.
func choose(id string, others, but []string, n int) []string {
	at := func(name string) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(id + "\x00" + name)) // it never fails
		return h.Sum64()
	}
	list := make([]string, 0, len(others))
	for _, o := range others {
		if !slices.Contains(but, o) {
			list = append(list, o)
		}
	}
	sort.Slice(list, func(i, j int) bool { return at(list[i]) < at(list[j]) })
	return list[:min(n, len(list))]
}
