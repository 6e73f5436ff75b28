package catalog

import (
	"math"
	"sort"
	"sync"
)

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
		s.total += e.Len()
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
	var best []scored
	for i := range s.Entries {
		e := &s.Entries[i]
		b := 1.0
		if v, ok := boost[e.Connection]; ok {
			b = v
		}
		if b == 0 {
			continue
		}
		scores := make([]float64, e.Len())
		for _, t := range ws {
			for _, p := range e.postings[t.stem].list {
				w := e.weight(p)
				scores[p.op] += t.w * w / (w + saturation)
			}
		}
		for n, v := range scores {
			if v > 0 {
				best = keep(best, scored{e, n, b * v / total}, limit)
			}
		}
	}
	out := make([]Hit, len(best))
	for i, s := range best {
		out[i] = Hit{Entry: s.entry, Op: s.entry.At(s.op), Lexical: s.score}
	}
	return out
}

// scored is an operation that has not been asked for yet.
type scored struct {
	entry *Entry
	op    int
	score float64
}

// keep inserts an operation into the best so far, in order, and drops what is too much.
func keep(best []scored, h scored, limit int) []scored {
	if len(best) == limit && before(&best[limit-1], &h) {
		return best
	}
	at := sort.Search(len(best), func(i int) bool { return before(&h, &best[i]) })
	if len(best) < limit {
		best = append(best, scored{})
	}
	copy(best[at+1:], best[at:])
	best[at] = h
	return best
}

// before orders operations: by score, then so that the order is always the same.
func before(a, b *scored) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	x, y := &a.entry.heads[a.op], &b.entry.heads[b.op]
	if len(x.path) != len(y.path) {
		return len(x.path) < len(y.path)
	}
	if x.id != y.id {
		return x.id < y.id
	}
	return a.entry.Connection < b.entry.Connection
}

// Failed is why an operation of the set could not be read in full, nil where all that
// were asked for could.
func (s *Set) Failed() error {
	for i := range s.Entries {
		if err := s.Entries[i].Failed(); err != nil {
			return err
		}
	}
	return nil
}
