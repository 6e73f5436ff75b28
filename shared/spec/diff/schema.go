package diff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// side is whose view a schema is compared from.
type side int

const (
	sideRequest side = iota // what may be sent
	sideAnswer              // what may come back
)

// maxInline bounds how deep a schema is entered without a reference; documents
// are hostile. maxPlaces bounds how many places of one operation are looked at.
const (
	maxInline = 32
	maxPlaces = 20_000
	// maxSteps bounds how many shapes are compared between two references:
	// alternatives of alternatives grow exponentially.
	maxSteps = 2_000
)

// pairKey names two schemas that are compared, by their bytes.
type pairKey struct {
	side     side
	old, now string
}

// pair is what differs between two schemas, up to the references in them. It is
// worked out once, however many operations lead to it: one component of a large
// API is reached by most of them.
type pair struct {
	changes []Change // Path relative, Operation empty
	next    []link
}

// link leads to two schemas that stand behind references in both documents.
type link struct {
	at       string
	old, now json.RawMessage
}

// schema tells what differs between two schemas of the operation at hand and in
// all that they refer to, each pair at the first place where it is met.
func (c *comparison) schema(s side, at string, old, now json.RawMessage) {
	seen, told := map[pairKey]bool{}, map[Change]bool{}
	queue := []link{{at, old, now}}
	for len(queue) > 0 && len(seen) < maxPlaces {
		l := queue[0]
		queue = queue[1:]
		key := pairKey{s, string(l.old), string(l.now)}
		if seen[key] {
			continue
		}
		seen[key] = true
		p := c.pair(key, l)
		for _, ch := range p.changes {
			ch.Operation, ch.Path = c.op, l.at+ch.Path
			ch.Message = fmt.Sprintf(ch.Message, ch.Path)
			if !told[ch] { // alternatives share what stands beside them
				told[ch] = true
				c.put(ch)
			}
		}
		for _, n := range p.next {
			queue = append(queue, link{l.at + n.at, n.old, n.now})
		}
	}
}

func (c *comparison) pair(key pairKey, l link) *pair {
	if p, ok := c.pairs[key]; ok {
		return p
	}
	p := &pair{}
	c.pairs[key] = p
	if c.before.of(l.old) != c.after.of(l.now) {
		w := walk{comparison: c, pair: p, side: key.side}
		w.compare("", c.old.Shape(l.old), c.now.Shape(l.now), 0)
	}
	return p
}

// walk compares two shapes.
type walk struct {
	*comparison
	*pair
	side  side
	steps int
}

// note adds a change; its message has a %s for the place.
func (w *walk) note(breaking bool, code, at, format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = strings.ReplaceAll(text, "%", "%%")
		}
	}
	message := fmt.Sprintf(strings.Replace(format, "@", "%%s", 1), args...)
	w.changes = append(w.changes, Change{Code: code, Path: at, Message: message, Breaking: breaking})
}

func (w *walk) request() bool { return w.side == sideRequest }

// enter goes into a part: behind references later, else at once.
func (w *walk) enter(at string, old, now spec.Shape, depth int) {
	if old.Ref() != "" && now.Ref() != "" && old.Raw() != nil && now.Raw() != nil {
		w.next = append(w.next, link{at, old.Raw(), now.Raw()})
		return
	}
	if len(old.Raw()) > 0 && w.before.of(old.Raw()) == w.after.of(now.Raw()) {
		return // what stands beside an alternative is compared where it stands
	}
	if w.steps++; depth < maxInline && w.steps < maxSteps {
		w.compare(at, old, now, depth+1)
	}
}

func (w *walk) compare(at string, old, now spec.Shape, depth int) {
	if !old.Known() && !now.Known() {
		return
	}
	if !w.types(at, old, now) {
		return
	}
	forms := w.variants(at, old, now, depth)
	if forms && len(old.Properties()) == 0 && len(now.Properties()) == 0 {
		return
	}
	w.values(at, old, now)
	if old.Is("object") && now.Is("object") {
		w.object(at, old, now, depth)
	}
	if old.Is("array") && now.Is("array") {
		w.enter(at+"[]", old.Items(), now.Items(), depth)
	}
}

// types compares what a value may be; false where the rest need not be compared.
func (w *walk) types(at string, old, now spec.Shape) bool {
	was, is := plainTypes(old), plainTypes(now)
	if len(old.Variants()) > 0 || len(now.Variants()) > 0 {
		was, is = nil, nil // compared one by one
	}
	// The narrower side must fit in the wider: what was sent in what is taken, what
	// comes in what was promised.
	inner, outer := was, is
	if !w.request() {
		inner, outer = is, was
	}
	switch {
	case slices.Equal(was, is):
	case !old.Known():
		w.note(w.request() && len(now.Required()) > 0, TypeChanged, at, "@ was not described and is %s.", words(is))
		return false
	case !now.Known():
		w.note(!w.request(), TypeChanged, at, "@ was %s and is not described any more.", words(was))
		return false
	case len(outer) == 0:
		w.note(false, TypeChanged, at, "@ was %s and is %s.", typed(was), typed(is))
		return false
	case len(inner) == 0, !within(inner, outer):
		w.note(true, TypeChanged, at, "@ was %s and is %s.", typed(was), typed(is))
		return false
	default:
		w.note(false, TypeChanged, at, "@ was %s and is %s.", typed(was), typed(is))
	}
	switch {
	case !old.Known() || !now.Known() || old.Nullable() == now.Nullable():
	case now.Nullable():
		w.note(!w.request(), NullAllowed, at, "@ may be null now.")
	default:
		w.note(w.request(), NullRefused, at, "@ may not be null any more.")
	}
	return true
}

// plainTypes are the types without null, sorted.
func plainTypes(s spec.Shape) []string {
	types := slices.DeleteFunc(slices.Clone(s.Types()), func(t string) bool { return t == "null" })
	slices.Sort(types)
	return types
}

func typed(types []string) string {
	if len(types) == 0 {
		return "anything"
	}
	return strings.Join(types, " or ")
}

func within(inner, outer []string) bool {
	for _, t := range inner {
		if !slices.Contains(outer, t) && (t != "integer" || !slices.Contains(outer, "number")) {
			return false
		}
	}
	return true
}
