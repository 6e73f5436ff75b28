package builtin

import (
	"slices"
	"sort"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/sequence"
)

const (
	perClause     = 10 // candidates of a clause
	ofWhole       = 20 // of the goal as a whole
	producersOf   = 12 // candidates whose arguments are looked for
	producersEach = 3
	maxCandidates = 64
)

// candidates are the operations that may serve the goal: those of the rules' plan, the
// best of each clause and of the whole, which hits are, and those that yield what the
// best of them need.
func (b *builder) candidates(ruled []*draft.Step, hits []catalog.Hit) []sequence.Candidate {
	c := gathering{rankings: b.rankings, at: map[catalog.Key]int{}, whole: map[*catalog.Op]float64{}, place: map[*catalog.Op]int{}}
	place := 0
	for _, st := range ruled {
		if st.Op == nil {
			continue
		}
		place++
		if i := c.add(st.Entry, st.Op); c.out[i].Ruled == 0 {
			c.out[i].Ruled = place
		}
	}
	for _, r := range b.rankings {
		for _, o := range r[:min(perClause, len(r))] {
			c.add(o.Entry, o.Op)
		}
	}
	for i, h := range hits {
		c.whole[h.Op] = h.Lexical
		c.place[h.Op] = i + 1
		if i < ofWhole {
			c.add(h.Entry, h.Op)
		}
	}
	c.score()
	c.producers()
	c.score()
	return c.out
}

// gathering are candidates under way.
type gathering struct {
	rankings [][]ranked // of each clause
	out      []sequence.Candidate
	at       map[catalog.Key]int
	// whole is how well an operation serves the goal as a whole, and place its rank.
	whole map[*catalog.Op]float64
	place map[*catalog.Op]int
}

func (c *gathering) add(e *catalog.Entry, op *catalog.Op) int {
	k := e.Key(op)
	i, ok := c.at[k]
	if !ok {
		i = len(c.out)
		c.at[k] = i
		c.out = append(c.out, sequence.Candidate{Entry: e, Op: op, Serves: make([]float64, len(c.rankings))})
	}
	return i
}

// score tells what each candidate serves.
func (c *gathering) score() {
	for i, r := range c.rankings {
		for _, o := range r {
			if j, ok := c.at[o.Entry.Key(o.Op)]; ok {
				c.out[j].Serves[i] = max(0, o.score)
			}
		}
	}
	for i := range c.out {
		c.out[i].Whole = c.whole[c.out[i].Op]
		c.out[i].Place = c.place[c.out[i].Op]
	}
}

// producers adds the operations that yield what the best candidates need.
func (c *gathering) producers() {
	order := make([]int, len(c.out))
	merit := make([]float64, len(c.out))
	for i := range c.out {
		order[i] = i
		merit[i] = slices.Max(append(slices.Clone(c.out[i].Serves), 0)) + c.out[i].Whole/2
	}
	sort.SliceStable(order, func(x, y int) bool { return merit[order[x]] > merit[order[y]] })
	for _, i := range order[:min(producersOf, len(order))] {
		e, op := c.out[i].Entry, c.out[i].Op
		for _, f := range op.Required() {
			if f.In != "path" && !f.Identifier() {
				continue
			}
			for _, p := range c.best(e.Producers(f, op.Names(f)), op, f) {
				if len(c.out) < maxCandidates {
					c.add(e, p.Op)
				}
			}
		}
	}
}

// best are the producers that go best with the goal and with the call that needs them.
func (c *gathering) best(ps []catalog.Producer, op *catalog.Op, f *catalog.Field) []catalog.Producer {
	worth := func(p catalog.Producer) float64 {
		v := c.whole[p.Op] + p.Score
		if f.In == "path" && p.Op.Spec.Path == catalog.PrefixOf(op.Spec.Path, f.Name) {
			v += 0.5 // where the argument's things are listed or made
		}
		return v
	}
	sort.SliceStable(ps, func(a, b int) bool {
		if x, y := worth(ps[a]), worth(ps[b]); x != y {
			return x > y
		}
		return len(ps[a].Op.Spec.Path) < len(ps[b].Op.Spec.Path)
	})
	return ps[:min(producersEach, len(ps))]
}
