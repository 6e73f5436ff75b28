package check

import (
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
)

// ofShape is what a schema tells of a value.
func ofShape(s spec.Shape) static.Value {
	if !s.Known() {
		return static.Value{}
	}
	return static.Value{Types: typesOf(s, 0), Parts: parts{s}, Origin: s}
}

// typesOf are a shape's types, those of its alternatives where it names none.
func typesOf(s spec.Shape, depth int) []string {
	if types := s.Types(); len(types) > 0 || depth > 4 {
		return types
	}
	var types []string
	for _, v := range s.Variants() {
		inner := typesOf(v, depth+1)
		if len(inner) == 0 {
			return nil
		}
		for _, t := range inner {
			if !contains(types, t) {
				types = append(types, t)
			}
		}
	}
	if len(types) > 0 && s.Nullable() && !contains(types, "null") {
		types = append(types, "null")
	}
	return types
}

// parts are the insides of a value that a schema describes.
type parts struct{ shape spec.Shape }

// Field implements static.Parts.
func (p parts) Field(name string) (static.Value, bool) {
	inner, ok := p.shape.At(name)
	if !ok {
		return static.Value{}, false
	}
	return ofShape(inner), true
}

// Item implements static.Parts.
func (p parts) Item() static.Value {
	inner, ok := p.shape.At("*")
	if !ok {
		return static.Value{}
	}
	return ofShape(inner)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// words lists types for people: "string or null".
func words(types []string) string {
	if len(types) == 0 {
		return "anything"
	}
	if len(types) == 1 {
		return types[0]
	}
	return strings.Join(types[:len(types)-1], ", ") + " or " + types[len(types)-1]
}

// short is an expression for a sentence, without its marks.
func short(text string) string {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "{%"), "%}"))
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return text
}

func itoa(i int) string { return strconv.Itoa(i) }
