package catalog

import (
	"slices"
	"sort"
)

// Found is an operation of an API, each with what speaks for it.
type Found struct {
	Entry *Entry
	Op    *Op
	// Score is that of all; Words, of the operation's words, and API, of the API that it
	// belongs to, are its parts: 0–1.
	Score, Words, API float64
	// Title is the part of the API's title, by how telling its words are, that was asked for.
	Title float64
	// Place and Ahead are the API's among the others: its rank from 0, and how its score
	// compares with the best one's.
	Place int
	Ahead float64

	n int // the operation's number, until it is asked for
}

// What Find weighs.
const (
	fullLength = 0.4 // how much a long operation loses (BM25's b)
	ofAPI      = 0.8 // an API's score, against an operation's
	ofTitle    = 0.5
	ofAbout    = 3.5 // the weight of a word that is said of the whole API
	mostAPIs   = 64
	bestOfAPI  = 3 // operations whose scores speak for their API
)

// Find ranks operations by a whole goal, at most limit, in two stages: which API is
// meant, by the words that few APIs have, and which of its operations. An operation's
// score has that of its API in it. Of one API it gives at most perAPI.
func (s *Set) Find(terms []Term, perAPI, limit int) []Found {
	ws := s.weigh(terms)
	if len(ws) == 0 {
		return nil
	}
	apis := s.apis(ws)
	for i := range apis {
		apis[i].read(ws, s.length, perAPI)
	}
	sort.SliceStable(apis, func(x, y int) bool { return apis[x].score() > apis[y].score() })
	var out []Found
	for place := range apis {
		a := &apis[place]
		for _, f := range a.ops {
			f.API, f.Title, f.Place, f.Ahead = a.words, a.title, place, a.score()/apis[0].score()
			f.Score = f.Words + ofAPI*a.score()
			out = append(out, f)
		}
	}
	sort.SliceStable(out, func(x, y int) bool { return out[x].Score > out[y].Score })
	out = out[:min(len(out), limit)]
	for i := range out {
		out[i].Op = out[i].Entry.At(out[i].n)
	}
	return out
}

// weighted is a term with how telling it is of operations and of APIs, each as a part
// of all terms'.
type weighted struct {
	stem    string
	op, api float64
	in      []postings // of each entry
	about   []bool     // said of each entry as a whole
}

func (s *Set) weigh(terms []Term) []weighted {
	var out []weighted
	ops, apis := 0.0, 0.0
	for _, t := range terms {
		w := weighted{stem: t.Stem, in: make([]postings, len(s.Entries)), about: make([]bool, len(s.Entries))}
		speak, say := 0, 0
		for i := range s.Entries {
			w.in[i], w.about[i] = s.Entries[i].postings[t.Stem], s.Entries[i].about[t.Stem]
			say += len(w.in[i].list)
			if len(w.in[i].list) > 0 || w.about[i] {
				speak++
			}
		}
		if speak == 0 {
			continue
		}
		w.op, w.api = t.Weight*rare(say, s.total), t.Weight*rare(speak, len(s.Entries))
		ops += w.op
		apis += w.api
		out = append(out, w)
	}
	for i := range out {
		out[i].op /= max(ops, 1e-9)
		out[i].api /= max(apis, 1e-9)
	}
	return out
}

// chosen is an API that may be meant.
type chosen struct {
	entry              *Entry
	index              int
	ops                []Found
	words, title, best float64
}

func (c *chosen) score() float64 { return c.words + ofTitle*c.title + c.best }

// apis are the APIs that speak best of the terms.
func (s *Set) apis(ws []weighted) []chosen {
	said := make(map[string]bool, len(ws))
	for _, t := range ws {
		said[t.stem] = true
	}
	out := make([]chosen, 0, len(s.Entries))
	for i := range s.Entries {
		c := chosen{entry: &s.Entries[i], index: i}
		for _, t := range ws {
			most := float64(t.in[i].most)
			if t.about[i] {
				most = max(most, ofAbout)
			}
			c.words += t.api * most / (most + saturation)
		}
		if c.words > 0 {
			c.title = s.titled(c.entry, said)
			out = append(out, c)
		}
	}
	sort.SliceStable(out, func(x, y int) bool { return out[x].score() > out[y].score() })
	return out[:min(len(out), mostAPIs)]
}

// read finds the API's operations that speak of the terms, best first, and what they
// say for it.
func (c *chosen) read(ws []weighted, length float64, limit int) {
	scores := make([]float64, c.entry.Len())
	for _, t := range ws {
		for _, p := range t.in[c.index].list {
			w := c.entry.weight(p)
			long := 1 - fullLength + fullLength*c.entry.heads[p.op].length/length
			scores[p.op] += t.op * w / (w + saturation*long)
		}
	}
	for n, v := range scores {
		if v > 0 && (len(c.ops) < limit || v > c.ops[limit-1].Words) {
			at := sort.Search(len(c.ops), func(i int) bool { return c.ops[i].Words < v })
			if len(c.ops) < limit {
				c.ops = append(c.ops, Found{})
			}
			copy(c.ops[at+1:], c.ops[at:])
			c.ops[at] = Found{Entry: c.entry, n: n, Words: v}
		}
	}
	for n := range min(bestOfAPI, len(c.ops)) {
		c.best += c.ops[n].Words / bestOfAPI
	}
}

// titled is the part of the API's title that was said.
func (s *Set) titled(e *Entry, said map[string]bool) float64 {
	if !slices.ContainsFunc(e.title, func(stem string) bool { return said[stem] }) {
		return 0 // most APIs: their words need not be weighed
	}
	all, have := 0.0, 0.0
	for _, stem := range e.title {
		w := s.IDF(stem)
		all += w
		if said[stem] {
			have += w
		}
	}
	return have / all
}

// commonInTitles say nothing of which API it is.
var commonInTitles = Words("api apis rest web service services open openapi swagger v1 v2 v3 specification http json public reference documentation docs")
