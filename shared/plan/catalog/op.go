package catalog

import (
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// Op is an operation with what planning looks at. It is never changed.
type Op struct {
	// Spec is its line in the document's index; Operation gives all of it.
	Spec spec.Summary
	// Args are the parameters (path, query, header) and body fields.
	Args []Field
	// BodyWhole says that the body has no fields to bind one by one (an array, or a
	// plain value) and is bound as a whole.
	BodyWhole bool
	// Yields are the places of the answer.
	Yields []Field
	// Entity is the thing that the operation is about, from its path.
	Entity string
	// EntityStem is its stem.
	EntityStem string
	// Items is the path of the list in the answer and true where it is one.
	Items  []string
	IsList bool
	// Core are the stems of the operation's id and last fixed path segment: what
	// a goal must speak of for the operation to be meant.
	Core []string
	// Told are the stems of its summary: another way to be meant.
	Told []string
	// Way are the stems of the path's fixed segments, End those of the last of them, and
	// Tags those of each tag.
	Way, End []string
	Tags     [][]string

	api *API
	n   int // its number there
	// of the document, where it was read from it
	operation    *spec.Operation
	body, answer spec.Shape
}

// ID is the operation's id in its document.
func (o *Op) ID() string { return o.Spec.ID }

// Method and path are those of the spec.
func (o *Op) Method() string { return o.Spec.Method }

// Safe says whether the method only reads.
func (o *Op) Safe() bool {
	return o.Spec.Method == "GET" || o.Spec.Method == "HEAD" || o.Spec.Method == "OPTIONS"
}

// Weight is how much the operation speaks of a stem; 0 for not at all.
func (o *Op) Weight(stem string) float64 { return o.api.speaks(o.n, stem) }

// Required are the arguments without which the call cannot be made.
func (o *Op) Required() []*Field {
	var out []*Field
	for i := range o.Args {
		if o.Args[i].Required {
			out = append(out, &o.Args[i])
		}
	}
	return out
}

// Arg finds an argument by place and dotted name.
func (o *Op) Arg(in, dotted string) (*Field, bool) {
	for i := range o.Args {
		if f := &o.Args[i]; strings.Join(f.Path, ".") == dotted && (in == "" || f.In == in) {
			return f, true
		}
	}
	return nil, false
}

// Own says whether the argument is the id that a call gives to the thing that it
// makes: no id of anything that there is already.
func (o *Op) Own(f *Field) bool {
	return o.Spec.Method == "POST" && f.In == "body" && len(f.Path) == 1 && f.idWord == "id" && f.Entity == "" && f.names == ""
}

// Names is the thing that an identifying argument of this operation names: by
// its own name, its place in the path, or, for a plain id, the operation's thing.
func (o *Op) Names(f *Field) string {
	if f.Entity == "" && f.Identifier() && len(f.Words) <= 1 {
		return o.Entity
	}
	return f.Entity
}

// Weights of the places that a word stands in. The names that a document's
// author gave the operation count most; what an answer holds counts least.
const (
	inID       = 3.0
	inSegment  = 2.4
	inPath     = 1.0
	inSummary  = 2.0
	inTag      = 0.8
	inText     = 0.5
	inArgument = 0.6
	inEnum     = 0.5
	inAnswer   = 0.35
)

// maxEnumWords is how many members of an enum are read for words.
const maxEnumWords = 16

func (r *reader) op(so *spec.Operation) *Op {
	clear(r.terms)
	o := &Op{Spec: so.Summary, operation: so}
	if o.Entity = pathEntity(so.Path); callers[o.Entity] {
		o.Entity = "user"
	}
	r.args(o)
	if schema, ok := so.SuccessSchema(); ok {
		o.answer = r.doc.Shape(schema)
		o.Yields = r.answer(schema, o.answer, o.Entity)
	}
	for i := range o.Args {
		r.settle(&o.Args[i])
	}
	o.list()
	r.words(o)
	if o.Entity != "" {
		o.EntityStem = Stem(o.Entity)
	}
	return o
}

func (r *reader) args(o *Op) {
	for _, p := range o.operation.Parameters {
		if p.In == "cookie" || p.Automatic() {
			continue
		}
		f := Field{In: p.In, Name: p.Name, Path: []string{p.Name}, Words: r.stems(p.Name), Required: p.Required || p.In == "path",
			Description: clip(p.Description), shape: r.doc.Shape(p.Schema)}
		if p.In == "path" {
			f.Entity = paramEntity(o.Spec.Path, p.Name)
		} else {
			f.Entity = idEntity(p.Name)
		}
		f.named()
		o.Args = append(o.Args, f)
	}
	_, schema, ok := o.operation.BodySchema()
	if !ok {
		return
	}
	o.body = r.doc.Shape(schema)
	fields := r.body(o.body)
	if len(fields) == 0 || o.body.Is("array") {
		o.BodyWhole = o.operation.Body != nil && o.operation.Body.Required
		return
	}
	must := o.operation.Body != nil && (o.operation.Body.Required || o.makes())
	for _, f := range fields {
		f.Required = f.Required && must
		f.Entity = idEntity(f.Name)
		f.named()
		if whole := len(f.Path) - 2; whole >= 0 && f.Entity == "" && !generic[Noun(f.Path[whole])] {
			f.Entity = Noun(f.Path[whole]) // a part's id is not its whole's
		}
		o.Args = append(o.Args, f)
	}
}

// makes says whether the call is made for its body. Documents often leave such a
// body optional, Swagger 2.0 by default, although its schema has members that
// must be there; a call without them would be refused.
func (o *Op) makes() bool { return o.Spec.Method == "POST" || o.Spec.Method == "PUT" }

// list finds the array of the answer that is the answer: the root itself, or the
// one array of objects nearest to it.
func (o *Op) list() {
	if o.answer.Is("array") {
		o.Items, o.IsList = []string{"*"}, true
		return
	}
	one := false // the root is a thing itself, with lists in it
	for i := range o.Yields {
		one = one || len(o.Yields[i].Path) == 1 && strings.EqualFold(o.Yields[i].Name, "id")
	}
	best := -1
	for i := range o.Yields {
		f := &o.Yields[i]
		if one && Noun(f.Name) != o.Entity && !generic[Singular(f.Name)] {
			continue
		}
		if !f.Is("array") || f.Arrays > 0 || len(f.Path) > 3 {
			continue
		}
		if o.pathParamLast() && !generic[Singular(f.Name)] {
			continue // one thing, with a list in it
		}
		score := 10 - 2*len(f.Path)
		if n := Noun(f.Name); n == o.Entity {
			score += 6
		} else if generic[n] {
			score += 5
		}
		if len(properties(f.shape.Items())) > 0 {
			score += 3
		}
		if best < 0 || score > best {
			best = score
			o.Items, o.IsList = append(f.Path[:len(f.Path):len(f.Path)], "*"), true
		}
	}
}

func (o *Op) pathParamLast() bool { return strings.HasSuffix(o.Spec.Path, "}") }

func (r *reader) words(o *Op) {
	add := func(w float64, stems ...string) {
		for _, s := range stems {
			if r.terms[s] < w {
				r.terms[s] = w + min(r.terms[s], w)*0.15
			} else {
				r.terms[s] += w * 0.15
			}
		}
	}
	seen := map[string]bool{}
	core := func(stems []string) {
		for _, s := range stems {
			if !seen[s] {
				seen[s] = true
				o.Core = append(o.Core, s)
			}
		}
	}
	if !strings.Contains(o.Spec.ID, "/") || !strings.HasPrefix(o.Spec.ID, o.Spec.Method+" ") {
		add(inID, r.stems(o.Spec.ID)...)
		core(r.stems(o.Spec.ID))
	}
	segments := fixedSegments(o.Spec.Path)
	for i, seg := range segments {
		o.End = r.stems(seg)
		o.Way = append(o.Way, o.End...)
		if i == len(segments)-1 {
			add(inSegment, o.End...)
			core(o.End)
		} else {
			add(inPath, o.End...)
		}
	}
	told := o.Spec.Summary
	if strings.TrimSpace(told) == "" {
		told, _, _ = strings.Cut(o.Spec.Description, ".")
	}
	o.Told = r.stems(clip(told))
	add(inSummary, o.Told...)
	for _, t := range o.Spec.Tags {
		o.Tags = append(o.Tags, r.stems(t))
		add(inTag, r.stems(t)...)
	}
	add(inText, r.stems(o.Spec.Description)...)
	for i := range o.Args {
		add(inArgument, o.Args[i].Words...)
		for j, e := range o.Args[i].shape.Enum() {
			if j == maxEnumWords {
				break
			}
			add(inEnum, r.stems(string(e))...)
		}
	}
	for i := range o.Yields {
		add(inAnswer, o.Yields[i].Words...)
	}
}
