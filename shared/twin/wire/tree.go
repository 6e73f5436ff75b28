package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// tree is what a name's brackets hold: a[b][0]=c.
type tree struct {
	text string
	keys []string // in the order they came
	kids map[string]*tree
}

// brackets reads "[b][0]"; ok is false for what is no such text.
func brackets(s string) (path []string, ok bool) {
	for s != "" {
		rest, opens := strings.CutPrefix(s, "[")
		token, after, closed := strings.Cut(rest, "]")
		if !opens || !closed || len(path) == maxDepth {
			return nil, false
		}
		path, s = append(path, token), after
	}
	return path, len(path) > 0
}

// put adds a value; empty brackets mean one more.
func (t *tree) put(path []string, text string) {
	for _, key := range path {
		if key == "" {
			key = strconv.Itoa(len(t.keys))
		}
		kid := t.kids[key]
		if kid == nil {
			if t.kids == nil {
				t.kids = map[string]*tree{}
			}
			kid = &tree{}
			t.kids[key], t.keys = kid, append(t.keys, key)
		}
		t = kid
	}
	t.text = text
}

// value reads a tree as what its schema asks for; where that says nothing, keys
// that count from nought are a list.
func (t *tree) value(s spec.Shape) any {
	if t.kids == nil {
		return leaf(s, t.text)
	}
	if order, counted := t.counted(); counted && (s.Admits("array") || !s.Admits("object")) {
		out := make([]any, 0, len(order))
		for _, key := range order {
			out = append(out, t.kids[key].value(s.Elements()))
		}
		return out
	}
	out := map[string]any{}
	for _, key := range t.keys {
		at, _ := s.At(key)
		out[key] = t.kids[key].value(at)
	}
	return out
}

// counted gives the keys in order where they are the numbers from nought.
func (t *tree) counted() ([]string, bool) {
	order := make([]string, len(t.keys))
	for _, key := range t.keys {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(order) || strconv.Itoa(i) != key {
			return nil, false
		}
		order[i] = key
	}
	return order, !slices.Contains(order, "")
}
