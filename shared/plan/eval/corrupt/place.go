package corrupt

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/spec"
)

// reading is what gold writes for a part of an earlier answer.
type reading struct {
	step string
	// names lead to the part, the output's name first; "*" is an element of a list.
	names []string
}

// readingOf reads "$steps.list.outputs.items[0].id" and "$var1.items[0].id$".
func readingOf(v any) (reading, bool) {
	text, ok := v.(string)
	if !ok {
		return reading{}, false
	}
	if rest, ok := strings.CutPrefix(text, "$steps."); ok {
		step, path, ok := strings.Cut(rest, ".outputs.")
		return reading{step, segments(path)}, ok && !strings.ContainsAny(step, " $") && !strings.ContainsAny(path, " $")
	}
	if rest, ok := strings.CutPrefix(text, "$var"); ok && strings.HasSuffix(rest, "$") {
		step, path, ok := strings.Cut(strings.TrimSuffix(rest, "$"), ".")
		return reading{"var" + step, segments(path)}, ok && !strings.Contains(path, "$")
	}
	return reading{}, false
}

// segments splits "items[0].id", "#/items/0/id" and mixtures; indices become "*".
func segments(path string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".#/[]", r) }) {
		if _, err := strconv.Atoi(p); err == nil {
			p = "*"
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// mentions says whether a text in the value contains another.
func mentions(v any, part string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, part)
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return mentions(x, part) })
	case map[string]any:
		for _, x := range v {
			if mentions(x, part) {
				return true
			}
		}
	}
	return false
}

// place finds where in an answer an output lies. Where gold says only that it is of
// the body, it is searched by its name; where the document says nothing of the answer,
// it is where gold has it.
func place(op *catalog.Op, output any, names []string) ([]string, bool) {
	if text, ok := output.(string); ok {
		rest, body := strings.CutPrefix(text, "$response.body")
		if !body {
			return nil, false
		}
		if at := segments(rest); at[0] != "" {
			names = append(at, names[1:]...)
		}
	} else if output != nil {
		return nil, false
	}
	if names[0] == "" {
		return nil, false
	}
	if s, ok := op.Answer().At(names...); ok && s.Known() {
		return names, true
	}
	if s, ok := op.Answer().At(names[1:]...); ok && s.Known() && len(names) > 1 {
		return names[1:], true // the first name was the whole body's
	}
	if at := search(op, names); at != nil {
		return at, true
	}
	_, ok := op.Answer().At(names...)
	return names, ok
}

// search finds the place of the last name nearest to the root; "pet_id" is also the
// id of a pet.
func search(op *catalog.Op, names []string) []string {
	wanted := ""
	for _, n := range names {
		if n != "*" {
			wanted = plainly(n)
		}
	}
	var best []string
	rank := 0
	for i := range op.Yields {
		f := &op.Yields[i]
		r := 0
		switch wanted {
		case plainly(f.Name):
			r = 200 - len(f.Path)
		case plainly(f.Entity + f.Name), plainly(f.Also + f.Name):
			r = 100 - len(f.Path)
		}
		if r > rank {
			best, rank = f.Path, r
		}
	}
	return best
}

func plainly(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// fit takes the one of a list, makes a list of the one, and writes a number as text,
// where the argument wants that; as the planner does.
func fit(ref *draft.Ref, from, to *catalog.Op, in string, path []string) {
	source, _ := from.Answer().At(ref.Path...)
	target := takes(to, in, path)
	if !source.Known() || !target.Known() {
		return
	}
	if source.Is("array") && !target.Admits("array") && !target.Admits("object") {
		ref.Path = append(ref.Path[:len(ref.Path):len(ref.Path)], "*")
		source = source.Items()
	}
	if onWire(to, in) {
		return
	}
	ref.Wrap = target.Is("array") && !source.Admits("array")
	if ref.Wrap {
		target = target.Items()
	}
	ref.Text = !ref.Wrap && target.Is("string") && len(source.Types()) > 0 && !source.Is("string") && !source.Is("object") && !source.Is("array")
}

// onWire says that the argument is written as text, so that 1 and "1" are the same.
func onWire(op *catalog.Op, in string) bool {
	if in != "body" {
		return true
	}
	media, _, _ := op.Operation().BodySchema()
	return strings.HasPrefix(media, "application/x-www-form-urlencoded") || strings.HasPrefix(media, "multipart/")
}

// kinds are the types that the document names for a value, without null.
func kinds(s spec.Shape) []string {
	return slices.DeleteFunc(slices.Clone(s.Types()), func(t string) bool { return t == "null" })
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
