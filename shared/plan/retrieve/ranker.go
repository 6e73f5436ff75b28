package retrieve

import (
	_ "embed"
	"math"
	"sort"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/match"
)

//go:embed weights.json
var weights []byte

// Ranker ranks what catalog.Set.Find found. It is safe for concurrent use.
type Ranker struct{ forest *learn.Forest }

// New makes a Ranker of a forest over vectors of NumFeatures numbers.
func New(f *learn.Forest) *Ranker { return &Ranker{f} }

// Shipped is the Ranker that comes with the product. It panics where the weights that
// are part of the program are damaged, which a test rules out.
func Shipped() *Ranker {
	f, err := learn.Read(weights, NumFeatures)
	if err != nil {
		panic(err)
	}
	return New(f)
}

const (
	perAPI = 40  // operations of one API that are looked at closely
	looked = 150 // in all
)

// Look finds the operations that are ranked: those that speak of the terms, and those
// that go with the best of them.
func Look(set *catalog.Set, terms []catalog.Term) []catalog.Found {
	return expand(set.Find(terms, perAPI, looked))
}

// Rank orders operations, best first, at most limit. A hit's Lexical is how likely it
// is against the best one, which has 1.
func (r *Ranker) Rank(p *match.Problem, found []catalog.Found, limit int) []catalog.Hit {
	features := Features(p, found)
	scores := make([]float64, len(found))
	order := make([]int, len(found))
	best := math.Inf(-1)
	for i, x := range features {
		scores[i], order[i] = r.forest.Score(x), i
		best = max(best, scores[i])
	}
	sort.SliceStable(order, func(a, b int) bool { return scores[order[a]] > scores[order[b]] })
	hits := make([]catalog.Hit, 0, min(limit, len(order)))
	for _, i := range order[:min(limit, len(order))] {
		hits = append(hits, catalog.Hit{Entry: found[i].Entry, Op: found[i].Op, Lexical: math.Exp(scores[i] - best)})
	}
	return hits
}
