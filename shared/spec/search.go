package spec

import (
	"math"
	"slices"
	"strings"
)

// BM25's parameters: how soon repeating a word stops helping, and how much long
// texts are held back. The usual values, with less of the latter because an
// operation with a long description is not a worse one.
const (
	bm25K = 1.2
	bm25B = 0.5
)

// maxPrefixWords bounds how many words a half-typed one stands for.
const maxPrefixWords = 12

// SearchDoc is a document to search, with the key its hits are told by.
type SearchDoc struct {
	Key string
	Doc *Document
}

// Hit is a found operation. ID is its id in the document of that Key.
type Hit struct {
	Key   string  `json:"key"`
	ID    string  `json:"id"`
	Score float64 `json:"score"`
	Summary
}

// Searcher ranks the operations of several documents together by BM25 over
// weighted fields. It is safe for concurrent use. A document's word index is
// built at its first search and kept with the document.
type Searcher struct {
	docs []SearchDoc
}

// NewSearcher searches the given documents, in this order where scores are equal.
func NewSearcher(docs ...SearchDoc) *Searcher { return &Searcher{docs: docs} }

// Search returns at most limit operations, best first. A query without a known
// word finds nothing; an empty query lists operations in document order, score 0.
func (s *Searcher) Search(query string, limit int) []Hit {
	if limit <= 0 {
		return nil
	}
	query = strings.TrimSpace(query)
	if len(query) > 2000 {
		query = query[:2000]
	}
	if query == "" {
		return s.first(limit)
	}
	var stems []string
	newTokenizer().each(query, func(stem string) {
		if !slices.Contains(stems, stem) && len(stems) < 64 {
			stems = append(stems, stem)
		}
	})
	return s.rank(query, stems, limit)
}

func (s *Searcher) first(limit int) []Hit {
	var hits []Hit
	for _, sd := range s.docs {
		if sd.Doc.dir.entries() != nil {
			continue
		}
		for i := range sd.Doc.Len() {
			if len(hits) == limit {
				return hits
			}
			hits = append(hits, hit(sd, i, 0))
		}
	}
	return hits
}

func hit(sd SearchDoc, op int, score float64) Hit {
	e := sd.Doc.dir.entry(op)
	return Hit{Key: sd.Key, ID: e.ID, Score: math.Round(score*1000) / 1000, Summary: e.Summary}
}

// found is a candidate while ranking.
type found struct {
	doc, op int
	score   float64
}

func (s *Searcher) rank(query string, stems []string, limit int) []Hit {
	indexes := make([]*postings, len(s.docs))
	count, total := 0, 0.0
	for i, sd := range s.docs {
		indexes[i] = sd.Doc.postings()
		count += len(indexes[i].lengths)
		total += indexes[i].total
	}
	if count == 0 {
		return nil
	}
	average := total / float64(count)
	groups := make([][]string, len(stems))
	weights := make([]float64, len(stems))
	for i, stem := range stems {
		groups[i] = expand(indexes, stem)
		holders := 0
		for _, ix := range indexes {
			for _, word := range groups[i] {
				holders += len(ix.words[word])
			}
		}
		holders = min(holders, count)
		weights[i] = math.Log(1 + (float64(count-holders)+0.5)/(float64(holders)+0.5))
	}
	var best []found
	for d, ix := range indexes {
		scores := make([]float64, len(ix.lengths))
		for g, words := range groups {
			for _, word := range words {
				for _, p := range ix.words[word] {
					tf := float64(p.weight)
					norm := bm25K * (1 - bm25B + bm25B*float64(ix.lengths[p.op])/average)
					scores[p.op] += weights[g] * tf * (bm25K + 1) / (tf + norm)
				}
			}
		}
		if i, e, err := s.docs[d].Doc.dir.find(query); err == nil && e != nil && i < len(scores) {
			scores[i] += 1000 // asked for by its very name
		}
		for op, score := range scores {
			if score > 0 {
				if s.docs[d].Doc.dir.entry(op).Deprecated {
					score *= 0.7
				}
				best = keep(best, found{d, op, score}, limit)
			}
		}
	}
	hits := make([]Hit, len(best))
	for i, f := range best {
		hits[i] = hit(s.docs[f.doc], f.op, f.score)
	}
	return hits
}

// keep puts a candidate into the sorted list of the best, which stays no longer
// than limit; of equal ones the earlier stays first.
func keep(best []found, f found, limit int) []found {
	if len(best) == limit && f.score <= best[limit-1].score {
		return best
	}
	at, _ := slices.BinarySearchFunc(best, f.score, func(b found, score float64) int {
		if b.score >= score {
			return -1
		}
		return 1
	})
	if len(best) == limit {
		best = best[:limit-1]
	}
	return slices.Insert(best, at, f)
}

// expand is the stem itself where any document has it, else the words it begins:
// people search while they type.
func expand(indexes []*postings, stem string) []string {
	for _, ix := range indexes {
		if _, ok := ix.words[stem]; ok {
			return []string{stem}
		}
	}
	var words []string
	if len(stem) < 2 {
		return nil
	}
	for _, ix := range indexes {
		i, _ := slices.BinarySearch(ix.sorted, stem)
		for n := 0; i < len(ix.sorted) && strings.HasPrefix(ix.sorted[i], stem) && n < maxPrefixWords; i, n = i+1, n+1 {
			if !slices.Contains(words, ix.sorted[i]) {
				words = append(words, ix.sorted[i])
			}
		}
	}
	return words
}
