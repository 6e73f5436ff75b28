package spec

import (
	"slices"
	"strconv"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

const (
	// maxAlternatives bounds how deep alternatives may nest in alternatives.
	maxAlternatives = 8
	// maxSearched bounds how many shapes one At may open: alternatives of alternatives
	// grow exponentially.
	maxSearched = 4096
)

// Properties lists an object's properties in document order; one that several
// allOf parts describe stands in its first place and fits them all.
func (s Shape) Properties() []Property {
	var names []string
	schemas := map[string][][]byte{}
	for _, l := range s.layers {
		for key, v := range rawjson.Members(l.properties) {
			name := string(key)
			if _, seen := schemas[name]; !seen {
				names = append(names, name)
			}
			schemas[name] = append(schemas[name], v)
		}
	}
	required := map[string]bool{}
	for _, name := range s.Required() {
		required[name] = true
	}
	list := make([]Property, len(names))
	known := map[string]reading{}
	for i, name := range names {
		list[i] = s.property(name, schemas[name], required[name], known)
	}
	return list
}

// Property finds one property by name, among the schema's own only; At searches
// alternatives too.
func (s Shape) Property(name string) (Property, bool) {
	var schemas [][]byte
	for _, l := range s.layers {
		if v := rawjson.Get(l.properties, name); v != nil {
			schemas = append(schemas, v)
		}
	}
	if schemas == nil {
		return Property{}, false
	}
	return s.property(name, schemas, slices.Contains(s.Required(), name), nil), true
}

func (s Shape) property(name string, schemas [][]byte, required bool, known map[string]reading) Property {
	shape := s.doc.both(schemas, known)
	if must, _, ok := rawjson.Bool(rawjson.Get(schemas[0], "required")); ok && must {
		required = true // draft 3's way, seen in the wild
	}
	return Property{Name: name, Required: required, ReadOnly: shape.ReadOnly(), WriteOnly: shape.WriteOnly(), Shape: shape}
}

// Required lists the names of the required properties.
func (s Shape) Required() []string {
	var names []string
	seen := map[string]bool{}
	for _, l := range s.layers {
		for _, name := range l.required {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// Additional is the shape of properties that have no name in the schema, and
// whether there may be any. Where nothing is said they may be anything.
func (s Shape) Additional() (Shape, bool) {
	for _, l := range s.layers {
		switch rawjson.Kind(l.additional) {
		case 'f':
			return Shape{}, false
		case '{':
			return s.doc.Shape(l.additional), true
		}
	}
	return Shape{}, true
}

// Items is the shape of an array's elements; of a tuple, the first one's.
func (s Shape) Items() Shape {
	for _, l := range s.layers {
		switch rawjson.Kind(l.items) {
		case '{':
			return s.doc.Shape(l.items)
		case '[':
			for _, first := range rawjson.Elements(l.items) {
				return s.doc.Shape(first)
			}
		}
	}
	return Shape{}
}

// Variants lists the alternatives of oneOf or anyOf, each together with what
// stands beside them; nil when there are none. Where several lists stand side by
// side the first is opened, and its alternatives have the others as variants.
// An alternative that is only null makes the shape nullable instead, and a single
// one that is left is the shape itself.
func (s Shape) Variants() []Shape {
	at, group := s.openGroup()
	if group == nil || s.seen >= maxAlternatives {
		return nil
	}
	base := slices.Clone(s.layers)
	base[at].alternatives = base[at].alternatives[1:]
	var list []Shape
	for _, alternative := range rawjson.Elements(group) {
		if onlyNull(alternative) {
			continue
		}
		if len(list) >= maxLayers {
			break
		}
		list = append(list, s.doc.shape(alternative, base, s.seen+1))
	}
	return list
}

// openGroup is the first list of alternatives and the layer that has it.
func (s Shape) openGroup() (int, []byte) {
	for i, l := range s.layers {
		if len(l.alternatives) > 0 {
			return i, l.alternatives[0]
		}
	}
	return 0, nil
}

// collapse takes null out of the first list of alternatives, and enters a list
// that has one alternative left: [Pet, null] is a nullable Pet.
func (s Shape) collapse() Shape {
	at, group := s.openGroup()
	if group == nil || s.seen >= maxAlternatives {
		return s
	}
	var only []byte
	others, null := 0, false
	for _, alternative := range rawjson.Elements(group) {
		if onlyNull(alternative) {
			null = true
			continue
		}
		others++
		only = alternative
	}
	s.null = s.null || null
	if others != 1 {
		return s
	}
	base := slices.Clone(s.layers)
	base[at].alternatives = base[at].alternatives[1:]
	inner := s.doc.shape(only, base, s.seen+1)
	inner.null = inner.null || s.null
	inner.raw = s.raw
	if s.ref != "" {
		inner.ref = s.ref
	}
	return inner
}

// onlyNull tells the alternative that means "or null".
func onlyNull(schema []byte) bool {
	t := rawjson.Get(schema, "type")
	if text, _ := rawjson.String(t); text == "null" {
		return true
	}
	n, null := 0, false
	for _, v := range rawjson.Elements(rawjson.Get(schema, "enum")) {
		n++
		null = null || rawjson.Kind(v) == 'n'
	}
	return n == 1 && null
}

// At walks into a value: properties by name, elements of arrays by "*" or an
// index, members of maps by any name. It searches alternatives. ok is false when
// the document knows no such place; where it says nothing at all of what is on
// the way, the answer is an unknown Shape and true.
func (s Shape) At(path ...string) (Shape, bool) {
	budget := maxSearched
	return s.at(path, &budget)
}

func (s Shape) at(path []string, budget *int) (Shape, bool) {
	if len(path) == 0 {
		return s, true
	}
	if *budget--; *budget < 0 {
		return Shape{}, false
	}
	token := path[0]
	if p, ok := s.Property(token); ok {
		return p.Shape.at(path[1:], budget)
	}
	if token == "*" || isIndex(token) {
		if s.Is("array") {
			return s.Items().at(path[1:], budget)
		}
	}
	variants := s.Variants()
	*budget -= len(variants)
	for _, v := range variants {
		if found, ok := v.at(path, budget); ok && found.Known() {
			return found, true
		}
	}
	if len(variants) > 0 {
		return Shape{}, false
	}
	if !s.Known() {
		return Shape{}, true
	}
	for _, l := range s.layers {
		switch rawjson.Kind(l.additional) {
		case '{':
			return s.doc.Shape(l.additional).at(path[1:], budget)
		case 't':
			return Shape{}, true
		}
	}
	return Shape{}, s.open()
}

// open tells a schema that names no property and no item: "type: object" alone is
// how documents write "some object".
func (s Shape) open() bool {
	if !s.Is("object") && len(s.Types()) > 0 {
		return false
	}
	for _, l := range s.layers {
		if l.properties != nil || rawjson.Kind(l.additional) == 'f' || len(l.required) > 0 {
			return false
		}
	}
	return true
}

func isIndex(token string) bool {
	n, err := strconv.Atoi(token)
	return err == nil && n >= 0
}
