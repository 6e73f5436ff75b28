package spec

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// spelling says what a text becomes where a schema takes a text and a number alike.
type spelling uint8

const (
	asText  spelling = iota // it stays a text
	asTyped                 // it is the number or boolean that it spells
)

// maxSpelt is how deep a value is given types; what lies deeper stays text.
const maxSpelt = 16

// Spelt gives a value that is sent as text, a parameter's or a form's, the types
// that its texts spell: those with which it fits the schema, where any do.
func (d *Document) Spelt(schema, value json.RawMessage) json.RawMessage {
	chosen, _, _ := d.spelled(schema, value)
	return chosen
}

// spelled is Spelt with what validating the value found.
func (d *Document) spelled(schema, value json.RawMessage) (chosen json.RawMessage, problems []apierr.Problem, checked bool) {
	shape := d.Shape(schema)
	first := d.spelt(shape, value, asText, 0)
	if problems, checked = d.ValidateAs(Sent, schema, first); len(problems) > 0 {
		typed := d.spelt(shape, value, asTyped, 0)
		if none, checked := d.ValidateAs(Sent, schema, typed); len(none) == 0 {
			return typed, nil, checked
		}
	}
	return first, problems, checked
}

// judgeText adds what a schema says of a value that is sent as text.
func (d *Document) judgeText(v Verdict, schema, value json.RawMessage, at string) Verdict {
	was := v.Checked
	_, problems, checked := d.spelled(schema, value)
	v = v.add(problems, checked, at)
	v.Checked = v.Checked && was
	return v
}

// spelt gives a value the types that its texts spell, a few levels deep.
func (d *Document) spelt(s Shape, value json.RawMessage, how spelling, depth int) json.RawMessage {
	if depth > maxSpelt || !s.Known() {
		return value
	}
	switch rawjson.Kind(value) {
	case '"':
		text, _ := rawjson.String(value)
		is := s.takes()
		switch {
		case is.text && how == asText:
		case is.number && rawjson.IsNumber(text), is.boolean && (text == "true" || text == "false"):
			return json.RawMessage(text)
		case is.text:
		case is.array: // one value of a list that may have several
			return append(append(json.RawMessage{'['}, d.spelt(s.Elements(), value, how, depth+1)...), ']')
		}
	case '[':
		out := json.RawMessage{'['}
		items := s.Elements()
		for i, item := range rawjson.Elements(value) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, d.spelt(items, item, how, depth+1)...)
		}
		return append(out, ']')
	case '{':
		if file := rawjson.Get(value, "$file"); file != nil && !s.takes().object {
			return json.RawMessage(`"file"`)
		}
		out := json.RawMessage{'{'}
		for name, v := range rawjson.Members(value) {
			p, _ := s.At(string(name))
			out = append(member(out, string(name), nil), d.spelt(p, v, how, depth+1)...)
		}
		return append(out, '}')
	case '0', 't', 'f':
		if is := s.takes(); is.text && !is.number && !is.boolean {
			return rawjson.Quote(nil, string(value)) // sent, it is the same
		}
	}
	return value
}

// kinds are the types that a value may have, alternatives included.
type kinds struct{ text, number, boolean, array, object bool }

// Admits reports whether the value may be of type t, as Is does, by the shape
// itself or one of its alternatives.
func (s Shape) Admits(t string) bool {
	is := s.takes()
	switch t {
	case "string":
		return is.text
	case "number", "integer":
		return is.number
	case "boolean":
		return is.boolean
	case "array":
		return is.array
	case "object":
		return is.object
	}
	return s.Is(t)
}

func (s Shape) takes() kinds {
	var k kinds
	left := maxLayers
	s.addKinds(&k, &left)
	return k
}

func (s Shape) addKinds(k *kinds, left *int) {
	types := s.Types()
	for _, t := range types {
		switch t {
		case "string":
			k.text = true
		case "number", "integer":
			k.number = true
		case "boolean":
			k.boolean = true
		case "array":
			k.array = true
		case "object":
			k.object = true
		}
	}
	if len(types) > 0 {
		return // alternatives narrow what is stated
	}
	for _, v := range s.Variants() {
		if *left--; *left < 0 {
			return
		}
		v.addKinds(k, left)
	}
}

// Elements is Items, of the first alternative that is an array where the shape
// itself is none.
func (s Shape) Elements() Shape {
	if s.Is("array") {
		return s.Items()
	}
	for _, v := range s.Variants() {
		if v.Is("array") {
			return v.Items()
		}
	}
	return Shape{}
}
