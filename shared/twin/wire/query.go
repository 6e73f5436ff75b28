package wire

import (
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// pair is a key and its value of a query or a form, the value still encoded:
// a comma that is encoded does not separate.
type pair struct{ key, raw string }

func pairsIn(text string) []pair {
	var list []pair
	for part := range strings.SplitSeq(text, "&") {
		if key, raw, _ := strings.Cut(part, "="); part != "" {
			list = append(list, pair{ofQuery(key), raw})
		}
	}
	return list
}

// field is what is read under one name of a query or a form.
type field struct {
	name    string
	style   string
	explode bool
	media   string // where the value is written as a media type
	shape   spec.Shape
}

// read gives the field's value. other says whether a name is another field's.
func (f field) read(pairs []pair, other func(string) bool) (v any, given bool) {
	own, nested := f.own(pairs, other)
	if list, object := listed(f.shape); len(own) > 0 && !list && !object {
		nested = nil
	}
	switch {
	case len(own) > 0 && f.media != "":
		return media(f.media, ofQuery(own[0])), true
	case nested != nil:
		return nested.value(f.shape), true
	case len(own) == 0:
		return f.spread(pairs, other)
	}
	list, object := listed(f.shape)
	switch {
	case f.style == "deepObject", !list && !object && len(own) == 1:
		return leaf(f.shape, ofQuery(own[0])), true
	case f.explode && object, len(own) == 1 && f.single() && (f.explode || len(f.cut(own[0])) == 1):
		return leaf(f.shape, ofQuery(own[0])), true
	case f.explode || len(own) > 1:
		out := []any{}
		for _, raw := range own {
			out = append(out, leaf(f.shape.Elements(), ofQuery(raw)))
		}
		return out, true
	}
	return split(f.shape, false, f.cut(own[0]), ofQuery), true
}

// single says whether the value may be one number or boolean, and no list.
func (f field) single() bool { return f.shape.Admits("number") || f.shape.Admits("boolean") }

// own are the values under the name itself; nested those in brackets after it.
func (f field) own(pairs []pair, other func(string) bool) (own []string, nested *tree) {
	for _, p := range pairs {
		if p.key == f.name {
			own = append(own, p.raw)
			continue
		}
		rest, ok := strings.CutPrefix(p.key, f.name)
		if path, bracketed := brackets(rest); ok && bracketed && !other(p.key) {
			if nested == nil {
				nested = &tree{}
			}
			nested.put(path, ofQuery(p.raw))
		}
	}
	return own, nested
}

// spread reads an object whose fields stand among the other keys (style form,
// exploded).
func (f field) spread(pairs []pair, other func(string) bool) (any, bool) {
	if f.style != "form" || !f.explode || !f.shape.Admits("object") {
		return nil, false
	}
	_, open := f.shape.Additional()
	out := map[string]any{}
	for _, p := range pairs {
		_, known := f.shape.Property(p.key)
		if known || open && !other(p.key) {
			put(out, f.shape, p.key, ofQuery(p.raw))
		}
	}
	return out, len(out) > 0
}

// cut takes a delimited value apart, its parts still encoded where that tells them
// from the delimiter.
func (f field) cut(raw string) []string {
	sep := ""
	switch f.style {
	case "spaceDelimited":
		sep = " "
	case "pipeDelimited":
		sep = "|"
	case "tabDelimited":
		sep = "\t"
	default:
		return parts(raw, ",")
	}
	list := parts(ofQuery(raw), sep)
	for i, part := range list { // they are decoded once more
		list[i] = strings.NewReplacer("%", "%25", "+", "%2B").Replace(part)
	}
	return list
}
