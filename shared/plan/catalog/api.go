package catalog

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/apiq/apiq/shared/spec"
)

// API is what a document offers: read from it by New, or from what Encode made of that
// by Decode. It is safe for use by several goroutines.
type API struct {
	Title string
	// Names are the words that the API is called by.
	Names []string
	heads []head
	// ops are those that were asked for, by their number; all where they were read from
	// the document.
	ops      []atomic.Pointer[Op]
	byID     func() map[string]int
	postings map[string]postings
	// weights are what postings point at: there are few different ones.
	weights []float64
	length  float64 // of all operations together
	// about are the stems of what the document says of the whole API, and of where it is.
	about map[string]bool
	// title are the stems of the title that tell it from others.
	title []string
	// producers are places in answers, by what they can fill.
	producers func() map[string][]place
	source    source
	stored    *stored // nil where it was read from the document
}

// head is what is known of an operation before it is asked for.
type head struct {
	id, method, path string
	length           float64 // the weight of all its words
	answer           int     // the number of its answer among the stored ones, from 1; 0 for none
}

// New reads every operation of a document: about 0.16 ms each. An operation that
// cannot be read is left out, as it cannot be called either; skipped says how many.
func New(ctx context.Context, doc *spec.Document) (api *API, skipped int, err error) {
	api = newAPI(doc.Info().Title)
	api.about = about(doc.Info())
	api.source.doc = doc
	terms := newTerms()
	reader := newReader(doc)
	var ops []*Op
	for i, s := range doc.Summaries() {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, 0, fmt.Errorf("catalog: %w", ctx.Err())
		}
		so, err := doc.Operation(s.ID)
		if err != nil {
			skipped++
			continue
		}
		op := reader.op(so)
		op.api, op.n = api, len(ops)
		length := terms.file(len(ops), reader.terms)
		ops = append(ops, op)
		api.heads = append(api.heads, head{id: op.Spec.ID, method: op.Spec.Method, path: op.Spec.Path, length: length})
		api.length += length
	}
	api.postings, api.weights = terms.postings, terms.weights
	api.ops = make([]atomic.Pointer[Op], len(ops))
	for i, op := range ops {
		api.ops[i].Store(op)
	}
	api.producers = sync.OnceValue(func() map[string][]place { return produce(ops) })
	return api, skipped, nil
}

func newAPI(title string) *API {
	a := &API{Title: title, Names: Split(title)}
	for _, n := range a.Names {
		if !commonInTitles[n] && !Stop(n) {
			a.title = append(a.title, Stem(n))
		}
	}
	a.byID = sync.OnceValue(func() map[string]int {
		m := make(map[string]int, len(a.heads))
		for i := range a.heads {
			m[a.heads[i].id] = i
		}
		return m
	})
	return a
}

// posting says that an operation speaks of a stem, and how much.
type posting struct{ op, weight int32 }

// postings are those of a stem, with the greatest weight.
type postings struct {
	list []posting
	most float32
}

// terms gathers postings.
type terms struct {
	postings map[string]postings
	weights  []float64
	known    map[float64]int32 // weights by their value
}

func newTerms() *terms { return &terms{postings: map[string]postings{}, known: map[float64]int32{}} }

// file takes in the words of an operation and gives their weight.
func (t *terms) file(op int, words map[string]float64) float64 {
	length := 0 // in thousandths, whose sum does not depend on the order
	for stem, w := range words {
		n, ok := t.known[w]
		if !ok {
			n = int32(len(t.weights)) //nolint:gosec // far below: a document has at most 64 MiB
			t.known[w], t.weights = n, append(t.weights, w)
		}
		ps := t.postings[stem]
		ps.list, ps.most = append(ps.list, posting{int32(op), n}), max(ps.most, float32(w)) //nolint:gosec // the same
		t.postings[stem] = ps
		length += int(math.Round(1000 * w))
	}
	return float64(length) / 1000
}

// weight is that of a posting, as operations are scored with it.
func (a *API) weight(p posting) float64 { return float64(float32(a.weights[p.weight])) }

// Len is the number of operations.
func (a *API) Len() int { return len(a.heads) }

// At gives an operation by its number, from 0 in the order of the document.
func (a *API) At(n int) *Op {
	if op := a.ops[n].Load(); op != nil {
		return op
	}
	op, ok := a.stored.op(a, n)
	if !ok || a.ops[n].CompareAndSwap(nil, op) {
		return op
	}
	return a.ops[n].Load()
}

// Ops ranges over the operations in the order of the document.
func (a *API) Ops(yield func(int, *Op) bool) {
	for n := range a.heads {
		if !yield(n, a.At(n)) {
			return
		}
	}
}

// Where are the operations whose path is asked for.
func (a *API) Where(path func(string) bool) []*Op {
	var out []*Op
	for n := range a.heads {
		if path(a.heads[n].path) {
			out = append(out, a.At(n))
		}
	}
	return out
}

// Op finds an operation by its id.
func (a *API) Op(id string) (*Op, bool) {
	n, ok := a.byID()[id]
	if !ok {
		return nil, false
	}
	return a.At(n), true
}

// Speaks says whether any operation speaks of a stem.
func (a *API) Speaks(stem string) bool { return a.postings[stem].most > 0 }

// Named says whether an operation is named by a stem: in its id, its path's end or
// its summary.
func (a *API) Named(stem string) bool { return a.postings[stem].most >= inSummary }

// speaks is how much an operation speaks of a stem.
func (a *API) speaks(n int, stem string) float64 {
	list := a.postings[stem].list
	i, ok := slices.BinarySearchFunc(list, n, func(p posting, n int) int { return int(p.op) - n })
	if !ok {
		return 0
	}
	return a.weights[list[i].weight]
}
