package spec

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Weights of the fields a word may be found in (BM25F: Robertson, Zaragoza,
// "The Probabilistic Relevance Framework", 2009, section 3.6).
const (
	weightID          = 3.0
	weightSummary     = 2.5
	weightPath        = 2.0
	weightTag         = 1.5
	weightParameter   = 0.6
	weightVerb        = 0.6
	weightField       = 0.4
	weightDescription = 0.7
)

// maxFields bounds how many names of answer fields are indexed per operation.
const maxFields = 24

// posting says how much of a word an operation holds.
type posting struct {
	op     uint32
	weight float32 // sum of the weights of the word's places
}

// postings is the word index of one document.
type postings struct {
	words   map[string][]posting
	sorted  []string  // the words, for prefixes
	lengths []float32 // weighted length of each operation
	total   float64   // their sum
}

// buildPostings indexes every operation of the document.
func buildPostings(d *Document) *postings {
	if d.dir.entries() != nil {
		return &postings{} // nothing is found in what cannot be read
	}
	p := &postings{words: map[string][]posting{}, lengths: make([]float32, d.Len())}
	t := newTokenizer()
	d.JSON() // all of it is read below: at once is quicker
	for i := range d.Len() {
		e := d.dir.entry(i)
		add := func(text string, weight float32) {
			t.each(text, func(stem string) {
				list := p.words[stem]
				if n := len(list); n > 0 && list[n-1].op == uint32(i) {
					list[n-1].weight += weight
				} else {
					p.words[stem] = append(list, posting{uint32(i), weight})
				}
				p.lengths[i] += weight
			})
		}
		if !strings.HasPrefix(e.ID, e.Method+" ") {
			add(e.ID, weightID)
		}
		add(e.Path, weightPath)
		add(e.Summary.Summary, weightSummary)
		add(e.Description, weightDescription)
		for _, tag := range e.Tags {
			add(tag, weightTag)
		}
		add(verbs(e.Method, e.Path), weightVerb)
		op := d.build(e, nil)
		for _, prm := range op.Parameters {
			add(prm.Name, weightParameter)
		}
		if _, schema, ok := op.BodySchema(); ok {
			d.eachField(schema, func(name string) { add(name, weightParameter) })
		}
		if schema, ok := op.SuccessSchema(); ok {
			d.eachField(schema, func(name string) { add(name, weightField) })
		}
		p.total += float64(p.lengths[i])
	}
	p.sorted = make([]string, 0, len(p.words))
	for word := range p.words {
		p.sorted = append(p.sorted, word)
	}
	slices.Sort(p.sorted)
	return p
}

// eachField yields the property names of a schema, one level deep, those of the
// elements for an array: a cheap look, not a Shape.
func (d *Document) eachField(schema []byte, yield func(string)) {
	left := maxFields
	var visit func(schema []byte, hops int)
	visit = func(schema []byte, hops int) {
		if hops > 4 || left <= 0 || rawjson.Kind(schema) != '{' {
			return
		}
		for key, v := range rawjson.Members(schema) {
			switch string(key) {
			case "$ref":
				if ref, ok := rawjson.String(v); ok {
					if at, err := d.lookup(ref); err == nil {
						visit(d.raw(at), hops+1)
					}
				}
			case "items":
				visit(v, hops+1)
			case "allOf":
				for _, part := range rawjson.Elements(v) {
					visit(part, hops+1)
				}
			case "properties":
				for name := range rawjson.Members(v) {
					if left--; left >= 0 {
						yield(string(name))
					}
				}
			}
		}
	}
	visit(schema, 0)
}

// verbs are the words people say for a method. A GET on a path that ends in a
// parameter reads one thing, any other lists.
func verbs(method, path string) string {
	switch method {
	case "GET":
		if strings.HasSuffix(path, "}") {
			return "get read show fetch view retrieve find one single details"
		}
		return "list get find show fetch search all"
	case "POST":
		return "create add new post send make submit"
	case "PUT":
		return "update replace set put change edit save"
	case "PATCH":
		return "update change edit modify patch set rename"
	case "DELETE":
		return "delete remove cancel drop"
	}
	return strings.ToLower(method)
}
