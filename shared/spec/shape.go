package spec

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// Shape is a lazy, bounded view of a schema: references followed, allOf merged,
// and the dialects' ways to say null, types and bounds made one. The zero Shape
// says nothing. A Shape is a value, immutable and safe for concurrent use; it
// reads only as deep as it is asked.
type Shape struct {
	doc    *Document
	raw    json.RawMessage
	ref    string
	layers []layer // conjuncts: the schema itself, what it refers to, its allOf parts
	null   bool    // an alternative that was only "null" has been taken out
	seen   int     // how many alternatives have been entered on the way here
}

// Shape opens a schema of this document. It accepts any bytes; what is no schema
// has an unknown shape.
func (d *Document) Shape(schema json.RawMessage) Shape {
	return d.shape(schema, nil, 0)
}

// Bounds limit a value; nil means no limit. ExclusiveMinimum and ExclusiveMaximum
// are numbers, as in JSON Schema 2020-12, whatever the dialect.
type Bounds struct {
	Minimum, Maximum                   *float64
	ExclusiveMinimum, ExclusiveMaximum *float64
	MultipleOf                         *float64
	MinLength, MaxLength               *int
	MinItems, MaxItems                 *int
}

// Property is a member of an object.
type Property struct {
	Name      string
	Required  bool
	ReadOnly  bool
	WriteOnly bool
	Shape     Shape
}

// Known is false when the document says nothing of the value: no schema, {} or
// true, or a reference that leads nowhere.
func (s Shape) Known() bool {
	for _, l := range s.layers {
		if l.says {
			return true
		}
	}
	return false
}

// Raw is the schema as it was given, references and all.
func (s Shape) Raw() json.RawMessage { return s.raw }

// Ref is the name of the component the schema refers to, "" for an inline one.
func (s Shape) Ref() string { return s.ref }

// Types lists what the value may be, in JSON Schema's words; empty means
// anything. A document that leaves the type out and writes properties, items or
// an enum is taken to mean what these imply.
func (s Shape) Types() []string {
	var types []string
	stated := false
	for _, l := range s.layers {
		if len(l.types) == 0 {
			continue
		}
		if !stated {
			types, stated = slices.Clone(l.types), true
			continue
		}
		if both := intersect(types, l.types); len(both) > 0 {
			types = both // else the document contradicts itself, and what comes first counts
		}
	}
	if len(types) == 0 {
		if types = s.implied(); len(types) == 0 {
			return nil
		}
	}
	if s.Nullable() && !slices.Contains(types, "null") {
		types = append(types, "null")
	}
	return types
}

// intersect keeps the types that both lists allow; an integer is a number.
func intersect(a, b []string) []string {
	var both []string
	for _, t := range a {
		switch {
		case slices.Contains(b, t), t == "integer" && slices.Contains(b, "number"):
			both = append(both, t)
		case t == "number" && slices.Contains(b, "integer"):
			both = append(both, "integer")
		}
	}
	return both
}

// implied guesses the type of a schema that states none.
func (s Shape) implied() []string {
	for _, l := range s.layers {
		switch {
		case l.properties != nil || l.additional != nil || len(l.required) > 0:
			return []string{"object"}
		case l.items != nil:
			return []string{"array"}
		}
	}
	var types []string
	for _, v := range s.choices(maxImplied) {
		if t := typeOf(v); !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// typeOf is the JSON Schema type of a value.
func typeOf(v []byte) string {
	switch rawjson.Kind(v) {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	if _, whole := rawjson.Int(v); whole {
		return "integer"
	}
	return "number"
}

// Is reports whether the value may be of type t by what the document says; an
// unknown shape is of no type. An integer is a number too.
func (s Shape) Is(t string) bool {
	types := s.Types()
	return slices.Contains(types, t) || t == "number" && slices.Contains(types, "integer")
}

// Nullable reports whether null is allowed, said in any dialect's way.
func (s Shape) Nullable() bool {
	if s.null {
		return true
	}
	for _, l := range s.layers {
		if l.nullable {
			return true
		}
	}
	return false
}

// Format is the schema's format, "" for none.
func (s Shape) Format() string { return s.first(func(l *layer) string { return l.format }) }

// Pattern is the schema's regular expression (ECMA-262), "" for none.
func (s Shape) Pattern() string { return s.first(func(l *layer) string { return l.pattern }) }

// Title is the schema's title, "" for none.
func (s Shape) Title() string { return s.first(func(l *layer) string { return l.title }) }

// Description is the schema's description; what stands beside a reference comes
// before what it leads to.
func (s Shape) Description() string { return s.first(func(l *layer) string { return l.description }) }

func (s Shape) first(get func(*layer) string) string {
	for i := range s.layers {
		if v := get(&s.layers[i]); v != "" {
			return v
		}
	}
	return ""
}

// Enum lists the values allowed, nil when any is. A const is an enum of one.
func (s Shape) Enum() []json.RawMessage { return s.choices(math.MaxInt) }

// maxImplied is how many values of a set are looked at for their types.
const maxImplied = 1000

// choices are the first values allowed, at most so many.
func (s Shape) choices(most int) []json.RawMessage {
	for _, l := range s.layers {
		if l.enum != nil {
			var list []json.RawMessage
			for i, v := range rawjson.Elements(l.enum) {
				if i == most {
					break
				}
				list = append(list, v)
			}
			return list
		}
	}
	if c := s.Const(); c != nil {
		return []json.RawMessage{c}
	}
	return nil
}

// Const is the only value allowed, nil when there is no such.
func (s Shape) Const() json.RawMessage { return s.value(func(l *layer) []byte { return l.constant }) }

// Default is the value assumed when none is given, nil when there is none.
func (s Shape) Default() json.RawMessage { return s.value(func(l *layer) []byte { return l.def }) }

// Example is an example value, nil when there is none.
func (s Shape) Example() json.RawMessage { return s.value(func(l *layer) []byte { return l.example }) }

func (s Shape) value(get func(*layer) []byte) json.RawMessage {
	for i := range s.layers {
		if v := get(&s.layers[i]); v != nil {
			return v
		}
	}
	return nil
}

// ReadOnly reports whether only answers hold the value.
func (s Shape) ReadOnly() bool {
	return slices.ContainsFunc(s.layers, func(l layer) bool { return l.readOnly })
}

// WriteOnly reports whether only requests hold the value.
func (s Shape) WriteOnly() bool {
	return slices.ContainsFunc(s.layers, func(l layer) bool { return l.writeOnly })
}

// Bounds are the limits of the value; of several the narrowest counts.
func (s Shape) Bounds() Bounds {
	var b Bounds
	for _, l := range s.layers {
		l.narrow(&b)
	}
	return b
}
