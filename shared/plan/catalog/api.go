package catalog

import (
	"context"
	"fmt"
	"math"
	"sort"
	"sync"

	"github.com/apiq/apiq/shared/spec"
)

// API is what a document offers. It is safe for use by several goroutines.
type API struct {
	Doc   *spec.Document
	Title string
	Ops   []*Op
	// Names are the words that the API is called by.
	Names    []string
	postings map[string]postings
	byID     map[string]*Op
	length   float64 // of all operations together
	// about are the stems of what the document says of the whole API, and of where it is.
	about map[string]bool
	// title are the stems of the title that tell it from others.
	title []string
	// producers are places in answers, by what they can fill.
	producers map[string][]Producer
}

// New reads every operation of a document: about 1 ms each. An operation that
// cannot be read is left out, as it cannot be called either; skipped says how many.
func New(ctx context.Context, doc *spec.Document) (api *API, skipped int, err error) {
	api = &API{Doc: doc, Title: doc.Info().Title, postings: map[string]postings{}, byID: map[string]*Op{}, producers: map[string][]Producer{}}
	api.Names = Split(api.Title)
	api.about = about(doc.Info())
	for _, n := range api.Names {
		if !commonInTitles[n] && !Stop(n) {
			api.title = append(api.title, Stem(n))
		}
	}
	reader := newReader(doc)
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
		n := int32(len(api.Ops))
		api.Ops = append(api.Ops, op)
		api.byID[op.ID()] = op
		length := 0 // in thousandths, whose sum does not depend on the order
		for t, w := range op.terms {
			ps := api.postings[t]
			ps.list, ps.most = append(ps.list, posting{n, float32(w)}), max(ps.most, float32(w))
			api.postings[t] = ps
			length += int(math.Round(1000 * w))
		}
		op.length = float64(length) / 1000
		api.length += op.length
		api.produce(op)
	}
	return api, skipped, nil
}

// posting says that an operation speaks of a stem, and how much.
type posting struct {
	op     int32
	weight float32
}

// postings are those of a stem, with the greatest weight.
type postings struct {
	list []posting
	most float32
}

// Op finds an operation by its id.
func (a *API) Op(id string) (*Op, bool) {
	o, ok := a.byID[id]
	return o, ok
}

// Speaks says whether any operation speaks of a stem.
func (a *API) Speaks(stem string) bool { return a.postings[stem].most > 0 }

// Named says whether an operation is named by a stem: in its id, its path's end or
// its summary.
func (a *API) Named(stem string) bool { return a.postings[stem].most >= inSummary }

// Entry is an API as a workspace is connected to it.
type Entry struct {
	Connection string // id
	Name       string // the person's name for the connection
	*API
}

// Key tells the operations of a set apart: connections of one document share theirs.
type Key struct {
	Connection string
	Op         *Op
}

// Key is that of an operation of the entry.
func (e *Entry) Key(op *Op) Key { return Key{e.Connection, op} }

// Set are the entries that one plan may use. It is cheap to make, and remembers how
// telling words are. It is safe for concurrent use.
type Set struct {
	Entries []Entry
	total   int
	length  float64 // of an operation, in the mean

	mu  sync.Mutex
	idf map[string]float64
}

// NewSet joins entries.
func NewSet(entries ...Entry) *Set {
	s := &Set{Entries: entries, idf: map[string]float64{}}
	for _, e := range entries {
		s.total += len(e.Ops)
		s.length += e.length
	}
	s.length /= float64(max(1, s.total))
	return s
}

// Len is the number of operations.
func (s *Set) Len() int { return s.total }

// Entry finds the entry of a connection.
func (s *Set) Entry(connection string) (*Entry, bool) {
	for i := range s.Entries {
		if s.Entries[i].Connection == connection {
			return &s.Entries[i], true
		}
	}
	return nil, false
}

// IDF is how telling a stem is among the operations of the set (BM25's inverse
// document frequency, never negative).
func (s *Set) IDF(stem string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.idf[stem]; ok {
		return v
	}
	df := 0
	for i := range s.Entries {
		df += len(s.Entries[i].postings[stem].list)
	}
	v := rare(df, s.total)
	s.idf[stem] = v
	return v
}

// rare is how telling what so many of all have is.
func rare(df, total int) float64 {
	return math.Log(1 + (float64(total)-float64(df)+0.5)/(float64(df)+0.5))
}

// Hit is an operation that speaks of some of the terms asked for.
type Hit struct {
	Entry *Entry
	Op    *Op
	// Lexical is the part of the terms, by their weight, that it speaks of: 0–1.
	Lexical float64
}

// Term is a stem asked for, with its weight.
type Term struct {
	Stem   string
	Weight float64
	// Aside marks a word from beside what is asked for: it counts for an operation
	// that speaks of it and never against one that does not.
	Aside bool
}

// saturation makes a word's second place count less (BM25's k).
const saturation = 1.1

// Search ranks operations by the terms; best first, at most limit. boost
// multiplies the score of a connection's operations; 1 where it has none, and 0
// leaves the connection out.
func (s *Set) Search(terms []Term, boost map[string]float64, limit int) []Hit {
	type weighted struct {
		stem string
		w    float64
	}
	ws := make([]weighted, 0, len(terms))
	total := 0.0
	for _, t := range terms {
		w := t.Weight * s.IDF(t.Stem)
		if !t.Aside {
			total += w
		}
		ws = append(ws, weighted{t.Stem, w})
	}
	if total == 0 {
		return nil
	}
	var best []Hit
	for i := range s.Entries {
		e := &s.Entries[i]
		b := 1.0
		if v, ok := boost[e.Connection]; ok {
			b = v
		}
		if b == 0 {
			continue
		}
		scores := make([]float64, len(e.Ops))
		for _, t := range ws {
			for _, p := range e.postings[t.stem].list {
				w := float64(p.weight)
				scores[p.op] += t.w * w / (w + saturation)
			}
		}
		for n, v := range scores {
			if v > 0 {
				best = keep(best, Hit{Entry: e, Op: e.Ops[n], Lexical: b * v / total}, limit)
			}
		}
	}
	return best
}

// keep inserts a hit into the best so far, in order, and drops what is too much.
func keep(best []Hit, h Hit, limit int) []Hit {
	if len(best) == limit && before(&best[limit-1], &h) {
		return best
	}
	at := sort.Search(len(best), func(i int) bool { return before(&h, &best[i]) })
	if len(best) < limit {
		best = append(best, Hit{})
	}
	copy(best[at+1:], best[at:])
	best[at] = h
	return best
}

// before orders hits: by score, then so that the order is always the same.
func before(a, b *Hit) bool {
	if a.Lexical != b.Lexical {
		return a.Lexical > b.Lexical
	}
	if x, y := len(a.Op.Spec.Path), len(b.Op.Spec.Path); x != y {
		return x < y
	}
	if x, y := a.Op.ID(), b.Op.ID(); x != y {
		return x < y
	}
	return a.Entry.Connection < b.Entry.Connection
}
