package catalog

import (
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

const (
	maxDepth  = 4   // of nested properties that planning looks at
	maxFields = 160 // per body or answer
)

// Field is one place that a call takes a value from, or that an answer has a
// value in.
type Field struct {
	// In is path, query, header or body; "response" for what an answer yields.
	In string
	// Name is the last name of Path, or the parameter's name.
	Name string
	// Path leads there from the root of the body or answer; "*" stands for each
	// item of an array. A parameter's is its name.
	Path []string
	// Words are the stems of Name.
	Words       []string
	Required    bool
	Description string // of an argument
	// Entity is the singular noun of the thing whose property this is ("pet" for
	// the id in a list of pets); "" where nothing tells.
	Entity string
	// Also is another noun for the thing: its component's, or its property's.
	Also string
	// Arrays counts the "*" in Path.
	Arrays int

	// What its name says, read once: whether it identifies, the word that says so,
	// and the thing that the name itself identifies.
	identifies bool
	idWord     string
	names      string
	// byNoun: it is an identifier although its name is a plain noun.
	byNoun bool

	kind  *kind
	shape spec.Shape // where it was read from the document, else by is
	by    *owner
	at    int
}

// settle reads the name and type.
func (r *reader) settle(f *Field) {
	ws := Split(f.Name)
	f.identifies = len(ws) > 0 && idWords[ws[len(ws)-1]]
	f.idWord = idWord(ws)
	f.names = idEntity(f.Name)
	if f.byNoun {
		f.identifies, f.idWord, f.names = true, "id", f.Entity
	}
	f.kind = r.kind(f.shape)
}

// Identifier says whether the field names a thing rather than describes it.
func (f *Field) Identifier() bool { return f.identifies }

// named makes an argument that is called by a thing's noun, and described as its
// id ("channel": "ID of the channel"), an identifier of it.
func (f *Field) named() {
	ws := Split(f.Name)
	if f.Entity != "" || len(ws) != 1 || idWords[ws[0]] || !f.shape.Is("string") && !f.shape.Is("integer") {
		return
	}
	for _, w := range Split(f.Description) {
		if w == "id" || w == "ids" || w == "identifier" {
			f.Entity, f.byNoun = Singular(ws[0]), true
			return
		}
	}
}

// idWords end the names of identifiers.
var idWords = Words("id ids uuid guid gid sid key slug code ref uri urn number username login handle iid oid")

// Key is the field's place as one string, for maps and messages.
func (f *Field) Key() string { return f.In + ":" + strings.Join(f.Path, ".") }

// body flattens what a request body takes: objects are entered, arrays are not
// (an array is one value), since an argument is bound as a whole.
func (r *reader) body(shape spec.Shape) []Field {
	var out []Field
	var walk func(s spec.Shape, path []string, required bool)
	walk = func(s spec.Shape, path []string, required bool) {
		if len(path) > maxDepth {
			return
		}
		for _, p := range properties(s) {
			if len(out) >= maxFields {
				return
			}
			if p.ReadOnly {
				continue
			}
			at := append(path[:len(path):len(path)], p.Name)
			must := required && p.Required
			if len(properties(p.Shape)) > 0 && !p.Shape.Is("array") && len(at) < maxDepth {
				before := len(out)
				walk(p.Shape, at, must)
				if !must || anyRequired(out[before:]) {
					continue
				}
				out = out[:before] // a required object none of whose parts is required is asked for as a whole
			}
			out = append(out, Field{
				In: "body", Name: p.Name, Path: at, Words: r.stems(p.Name), Required: must,
				Description: clip(p.Shape.Description()), shape: p.Shape,
			})
		}
	}
	walk(shape, nil, true)
	return out
}

func anyRequired(fs []Field) bool {
	for i := range fs {
		if fs[i].Required {
			return true
		}
	}
	return false
}

// yields flattens what an answer holds, entering arrays.
func (r *reader) yields(shape spec.Shape, entity string) []Field {
	var out []Field
	var walk func(s spec.Shape, path []string, entity, also string, arrays int)
	walk = func(s spec.Shape, path []string, entity, also string, arrays int) {
		if len(path) > maxDepth+1 || len(out) >= maxFields || arrays > 2 {
			return
		}
		if s.Is("array") {
			at := append(path[:len(path):len(path)], "*")
			item := s.Items()
			if n := refEntity(item); n != "" && n != entity {
				entity, also = n, entity
			}
			if len(properties(item)) == 0 && !item.Is("array") {
				out = append(out, Field{In: "response", Name: Singular(last(path)), Path: at, Words: r.stems(last(path)),
					Entity: entity, Also: also, shape: item, Arrays: arrays + 1})
				return
			}
			walk(item, at, entity, also, arrays+1)
			return
		}
		for _, p := range properties(s) {
			if len(out) >= maxFields {
				return
			}
			if p.WriteOnly {
				continue
			}
			at := append(path[:len(path):len(path)], p.Name)
			switch {
			case p.Shape.Is("array") || len(properties(p.Shape)) > 0:
				next := Noun(p.Name)
				if generic[next] {
					next = entity
				}
				also := ""
				if n := refEntity(p.Shape); n != "" && n != next && !p.Shape.Is("array") {
					next, also = n, next
				}
				if p.Shape.Is("array") {
					out = append(out, Field{In: "response", Name: p.Name, Path: at, Words: r.stems(p.Name), Entity: entity, shape: p.Shape, Arrays: arrays})
				}
				walk(p.Shape, at, next, also, arrays)
			default:
				out = append(out, Field{In: "response", Name: p.Name, Path: at, Words: r.stems(p.Name),
					Entity: entity, Also: also, shape: p.Shape, Arrays: arrays})
			}
		}
	}
	also := ""
	if n := refEntity(shape); n != "" && n != entity && !shape.Is("array") {
		entity, also = n, entity
	}
	walk(shape, nil, entity, also, 0)
	return out
}

// properties are those of the shape, or of the first alternative that has any.
func properties(s spec.Shape) []spec.Property {
	if ps := s.Properties(); len(ps) > 0 {
		return ps
	}
	for _, v := range s.Variants() {
		if ps := v.Properties(); len(ps) > 0 {
			return ps
		}
	}
	return nil
}

// generic nouns wrap a thing without naming it.
var generic = Words("data item items result result results value values list record records object objects response content page edge node entry entries body payload paging collection embedded _embedded hit element row")

// refEntity names the thing by its component's name, without words that only
// say which view of it this is.
func refEntity(s spec.Shape) string {
	ws := Split(s.Ref())
	for len(ws) > 1 && viewWords[ws[len(ws)-1]] {
		ws = ws[:len(ws)-1]
	}
	for len(ws) > 1 && viewWords[ws[0]] {
		ws = ws[1:]
	}
	if len(ws) == 0 {
		return ""
	}
	n := Singular(ws[len(ws)-1])
	if generic[n] || viewWords[n] {
		return ""
	}
	return n
}

var viewWords = Words("object simplified simple full response request dto model schema resource summary detail details basic compact private public base info result results list collection page paging paged paginated minimal v1 v2 v3 saved with wrapper data entity")

// Noun is the singular last word of a name.
func Noun(name string) string {
	ws := Split(name)
	if len(ws) == 0 {
		return ""
	}
	return Singular(ws[len(ws)-1])
}

func last(path []string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] != "*" {
			return path[i]
		}
	}
	return ""
}

func clip(s string) string {
	if len(s) > 240 {
		s = strings.ToValidUTF8(s[:240], "")
	}
	return s
}
