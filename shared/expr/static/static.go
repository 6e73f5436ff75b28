// Package static tells what is known of an expression's value without running
// it: its type and its parts, as far as the types of the names it reads are
// known. It never guesses: what it cannot tell is unknown.
package static

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// Value is what is known of a value. The zero Value is unknown.
type Value struct {
	// Types are the JSON Schema types that the value may have ("null" among them
	// where it may be null); empty: nothing is known.
	Types []string
	// Const is the value itself, where it is fixed.
	Const json.RawMessage
	// Parts tell what is known of members and items; nil: nothing.
	Parts Parts
	// Missing is the path that certainly leads nowhere, "" for none: evaluated, the
	// value will be undefined.
	Missing string
	// Lost is such a path in a text that is put together, where it counts as empty, or
	// in a comparison, which then is always the same.
	Lost string
	// Sequence: JSONata gives a single match without an array around it, so that
	// the value is an array only when it has two items or more.
	Sequence bool
	// Origin is the caller's own: what it made the value from.
	Origin any
}

// Parts are the insides of a value.
type Parts interface {
	// Field is a member of an object; false when there is certainly none.
	Field(name string) (Value, bool)
	// Item is any element of an array.
	Item() Value
}

// Known says whether anything is known of the value's type.
func (v Value) Known() bool { return len(v.Types) > 0 }

// May says whether the value may have the type; an unknown one may have any.
func (v Value) May(t string) bool { return !v.Known() || slices.Contains(v.Types, t) }

// Of is a value of the given types and nothing more.
func Of(types ...string) Value { return Value{Types: types} }

// Exactly is a fixed value, given as JSON.
func Exactly(raw json.RawMessage) Value {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return Value{}
	}
	out := Value{Const: raw}
	switch v := v.(type) {
	case nil:
		out.Types = []string{"null"}
	case bool:
		out.Types = []string{"boolean"}
	case string:
		out.Types = []string{"string"}
	case float64:
		out.Types = []string{"number"}
		if v == float64(int64(v)) {
			out.Types = []string{"integer"}
		}
	case []any:
		out.Types, out.Parts = []string{"array"}, List(elements(raw)...)
	case map[string]any:
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return Value{}
		}
		members := make(map[string]Value, len(fields))
		for name, field := range fields {
			members[name] = Exactly(field)
		}
		out.Types, out.Parts = []string{"object"}, Object(members)
	}
	return out
}

func elements(raw json.RawMessage) []Value {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil
	}
	values := make([]Value, len(list))
	for i, item := range list {
		values[i] = Exactly(item)
	}
	return values
}

// Members are the parts of an object that is built here: it has these and no others.
type Members map[string]Value

// Object are the parts of an object with exactly these members.
func Object(members map[string]Value) Parts { return Members(members) }

// Field implements Parts.
func (m Members) Field(name string) (Value, bool) { v, ok := m[name]; return v, ok }

// Item implements Parts.
func (m Members) Item() Value { return Value{} }

// Items are the parts of an array whose elements are known to be among these.
type Items []Value

// List are the parts of an array of such elements.
func List(items ...Value) Parts { return Items(items) }

// Field implements Parts.
func (l Items) Field(string) (Value, bool) { return Value{}, true }

// Item implements Parts.
func (l Items) Item() Value { return Union(l...) }

// ArrayOf is an array of values.
func ArrayOf(item Value) Value { return Value{Types: []string{"array"}, Parts: List(item)} }

// Union is one of the values, it is not known which.
func Union(values ...Value) Value {
	if len(values) == 0 {
		return Value{}
	}
	out := values[0]
	for _, v := range values[1:] {
		out = union(out, v)
	}
	return out
}

func union(a, b Value) Value {
	if a.Missing != "" && b.Missing == "" {
		b.Const = nil
		return b
	}
	if b.Missing != "" && a.Missing == "" {
		a.Const = nil
		return a
	}
	out := Value{Sequence: a.Sequence || b.Sequence, Missing: a.Missing}
	if a.Const != nil && string(a.Const) == string(b.Const) {
		return a
	}
	if a.Known() && b.Known() {
		out.Types = slices.Clone(a.Types)
		for _, t := range b.Types {
			if !slices.Contains(out.Types, t) {
				out.Types = append(out.Types, t)
			}
		}
	}
	switch {
	case onlyNull(b):
		out.Parts, out.Origin = a.Parts, a.Origin
	case onlyNull(a):
		out.Parts, out.Origin = b.Parts, b.Origin
	case a.Parts != nil && b.Parts != nil:
		out.Parts = either{a.Parts, b.Parts}
	}
	return out
}

func onlyNull(v Value) bool { return len(v.Types) == 1 && v.Types[0] == "null" }

type either struct{ a, b Parts }

func (e either) Field(name string) (Value, bool) {
	a, inA := e.a.Field(name)
	b, inB := e.b.Field(name)
	switch {
	case inA && inB:
		return union(a, b), true
	case inA:
		return a, true
	}
	return b, inB
}

func (e either) Item() Value { return union(e.a.Item(), e.b.Item()) }

// maxDepth is expr's own bound on the nesting of a source.
const maxDepth = 100

// Infer tells what is known of an expression's value. lookup gives what is known
// of a name, without $; false for a name that is not the caller's.
func Infer(src string, lookup func(name string) (Value, bool)) Value {
	tree, err := syntax.Parse(src, maxDepth)
	if err != nil {
		return Value{}
	}
	i := inferrer{lookup: lookup}
	return i.infer(tree, &env{names: map[string]Value{}}, Value{})
}
