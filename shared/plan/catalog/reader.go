package catalog

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/spec"
)

// reader reads one document's operations. Documents repeat their schemas and
// names over and over: what was read of one is kept, and shared by the
// operations, none of which changes it.
type reader struct {
	doc     *spec.Document
	stemmed map[string][]string
	answers map[string][]Field
	kinds   map[string]*kind
	terms   map[string]float64 // of the operation at hand: its stems with their weights
}

func newReader(doc *spec.Document) *reader {
	return &reader{doc: doc, stemmed: map[string][]string{}, answers: map[string][]Field{}, kinds: map[string]*kind{}, terms: map[string]float64{}}
}

func (r *reader) stems(s string) []string {
	if got, ok := r.stemmed[s]; ok {
		return got
	}
	got := Stems(s)
	r.stemmed[s] = got
	return got
}

// answer flattens an answer's schema for operations on one kind of thing.
func (r *reader) answer(schema json.RawMessage, shape spec.Shape, entity string) []Field {
	key := entity + " " + string(schema)
	if got, ok := r.answers[key]; ok {
		return got
	}
	got := r.yields(shape, entity)
	for i := range got {
		r.settle(&got[i])
	}
	r.answers[key] = got
	return got
}
