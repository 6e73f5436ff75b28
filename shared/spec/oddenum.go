package spec

import (
	"slices"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// contradicts tells an enum none of whose values has any of the types that stand
// beside it: {"type": "string", "enum": [1, 2]}. No value would fit both.
func contradicts(types []string, enum []byte) bool {
	stated := false
	for _, v := range rawjson.Elements(enum) {
		t := typeOf(v)
		if t == "null" {
			continue
		}
		if stated = true; slices.Contains(types, t) || len(intersect([]string{t}, types)) > 0 {
			return false
		}
	}
	return stated && len(types) > 0
}

// agreed rewrites a schema whose enum contradicts its type as what it must mean.
// Beside an array the values are those of its items. Else the values count and not the
// type, each both as written and as its text: nobody knows which the API sends.
func agreed(schema []byte) []byte {
	var l layer
	l.readTypes(rawjson.Get(schema, "type"))
	enum := rawjson.Get(schema, "enum")
	array := slices.Contains(l.types, "array")
	out := []byte{'{'}
	for key, v := range rawjson.Members(schema) {
		switch name := string(key); {
		case name == "enum", name == "type" && !array, name == "items" && array:
		default:
			out = member(out, name, v)
		}
	}
	if !array {
		return append(member(out, "enum", bothSpellings(enum)), '}')
	}
	items := append([]byte(`{"allOf":[{"enum":`), enum...)
	items = append(items, '}')
	if of := rawjson.Get(schema, "items"); rawjson.Kind(of) == '{' {
		items = append(append(items, ','), of...)
	}
	return append(member(out, "items", append(items, "]}"...)), '}')
}

// bothSpellings adds to each number and boolean of a list its text, and to each
// text the number or boolean that it spells.
func bothSpellings(enum []byte) []byte {
	out := []byte{'['}
	add := func(v []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	for _, v := range rawjson.Elements(enum) {
		add(v)
		switch rawjson.Kind(v) {
		case '0', 't', 'f':
			add(rawjson.Quote(nil, string(v)))
		case '"':
			text, _ := rawjson.String(v)
			if rawjson.IsNumber(text) || text == "true" || text == "false" {
				add([]byte(text))
			}
		}
	}
	return append(out, ']')
}
