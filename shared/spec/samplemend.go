package spec

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/apiq/apiq/shared/apierr"
)

// weightPerValue is how many bytes of a schema are searched for a place at the cost
// of a value made.
const weightPerValue = 16 << 10

// problemVisits is what telling and mending one problem counts for.
const problemVisits = 50

// maxMends bounds how often a value is mended and validated again.
const maxMends = 24

// work is what may still be done for one value: some schemas have none that fits,
// and each attempt at them is as large as it may be.
type work struct {
	visits int // schema objects that validation tries
	values int // values made
	tries  int // values made of alternatives that were not taken
}

func newWork() *work {
	return &work{visits: 200_000, values: 3 * maxSampleValues, tries: 8 * maxSampleValues}
}

// Mend changes a value until it fits a schema, by what validation says: it fills
// in what is missing, makes anew what does not fit, and in the end leaves out
// what can be left out. ok is false where it does not succeed, or the schema
// cannot be checked. The value is of encoding/json's types, or has json.Number;
// it is changed in place where it is an object or an array.
func (d *Document) Mend(dir Direction, schema json.RawMessage, value any, seed uint64) (mended any, ok bool) {
	return d.mend(dir, schema, value, seed, newWork())
}

func (d *Document) mend(dir Direction, schema json.RawMessage, value any, seed uint64, left *work) (mended any, ok bool) {
	m := mender{Document: d, dir: dir, shape: d.Shape(schema), value: value, tried: map[string]int{}, left: left}
	for n := range maxMends {
		problems, checked, took := d.ValidateWithin(dir, schema, m.value, max(left.visits, 0))
		if !checked || len(problems) == 0 {
			return m.value, checked
		}
		if left.visits -= took + len(problems)*problemVisits; left.visits <= 0 || left.values <= 0 {
			break
		}
		// New random numbers for each round: the same guess would fail the same way.
		m.sampler = newSampler(d, dir, seed+uint64(n)*7919, left)
		m.sampler.plain = true
		// The last place first, so that taking elements out of an array moves none that
		// another problem names.
		slices.Reverse(problems)
		for _, p := range problems {
			if left.values -= m.shape.weight() / weightPerValue; left.values <= 0 {
				break
			}
			m.mend(p)
		}
	}
	return m.value, false
}

type mender struct {
	*Document
	dir     Direction
	shape   Shape
	value   any
	sampler *sampler
	tried   map[string]int // how often a place was at fault
	left    *work
}

// mend does something about one problem: at first the least, later more.
func (m *mender) mend(p apierr.Problem) {
	path := pointerTokens(p.Path)
	n := m.tried[p.Path]
	m.tried[p.Path] = n + 1
	switch p.Code {
	case "required":
		if n < 2 {
			m.renew(path)
			return
		}
		path = path[:max(len(path)-1, 0)] // it can only go with its object
	case "additionalProperties", "unevaluatedProperties":
		m.drop(path)
		return
	case "minProperties":
		if n < 2 && m.more(path) {
			return
		}
	case "maxProperties":
		if m.fewer(path) {
			return
		}
	}
	// Made anew once or twice, then left out: it, what it lies in, and so on.
	if n < 2 && m.renew(path) {
		return
	}
	for up := (n - 2) / 2; len(path) > 0 && up > 0; up-- {
		path = path[:len(path)-1]
	}
	if len(path) == 0 {
		m.renew(path)
		return
	}
	m.drop(path)
}

// renew makes the value at a place anew, its smallest form; false where the
// document does not know the place.
func (m *mender) renew(path []string) bool {
	shape, ok := m.shape.At(path...)
	if !ok {
		return false
	}
	name := ""
	if len(path) > 0 {
		name = path[len(path)-1]
	}
	return m.set(path, m.sample(shape, name, len(path)))
}

// sample makes a value that lies so deep, within what is left for all.
func (m *mender) sample(shape Shape, name string, depth int) any {
	m.sampler.left = min(maxSampleValues, max(m.left.values, 0))
	before := m.sampler.left
	v := m.sampler.value(shape, name, min(depth, maxSampleDepth))
	m.left.values -= before - m.sampler.left
	return v
}

// more adds a property that an object may have.
func (m *mender) more(path []string) bool {
	shape, ok := m.shape.At(path...)
	object, isObject := valueAt(m.value, path).(map[string]any)
	if !ok || !isObject {
		return false
	}
	properties := shape.Properties()
	m.sampler.rand.Shuffle(len(properties), func(i, j int) { properties[i], properties[j] = properties[j], properties[i] })
	for _, p := range properties {
		if _, there := object[p.Name]; !there && !m.sampler.omits(p) {
			object[p.Name] = m.sample(p.Shape, p.Name, len(path)+1)
			return true
		}
	}
	more, may := shape.Additional()
	if may {
		object["key"+itoa(len(object)+1)] = m.sample(more, "value", len(path)+1)
	}
	return may
}

// fewer takes out an optional property.
func (m *mender) fewer(path []string) bool {
	shape, ok := m.shape.At(path...)
	object, isObject := valueAt(m.value, path).(map[string]any)
	if !ok || !isObject {
		return false
	}
	required := shape.Required()
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Backward(names) {
		if !slices.Contains(required, name) {
			delete(object, name)
			return true
		}
	}
	return false
}

// set puts a value at a place that is there, or whose object is.
func (m *mender) set(path []string, v any) bool {
	if len(path) == 0 {
		m.value = v
		return true
	}
	last := path[len(path)-1]
	switch parent := valueAt(m.value, path[:len(path)-1]).(type) {
	case map[string]any:
		parent[last] = v
		return true
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(parent) {
			parent[i] = v
			return true
		}
	}
	return false
}

// drop takes a value out of its object or array.
func (m *mender) drop(path []string) {
	if len(path) == 0 {
		return
	}
	above, last := path[:len(path)-1], path[len(path)-1]
	switch parent := valueAt(m.value, above).(type) {
	case map[string]any:
		delete(parent, last)
	case []any:
		if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(parent) {
			m.set(above, slices.Delete(slices.Clone(parent), i, i+1))
		}
	}
}

func valueAt(v any, path []string) any {
	for _, token := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

// pointerTokens takes a JSON Pointer apart (RFC 6901).
func pointerTokens(p string) []string {
	if p == "" {
		return nil
	}
	var tokens []string
	for _, token := range bytes.Split([]byte(p[1:]), []byte("/")) {
		tokens = append(tokens, unescapeToken(string(token)))
	}
	return tokens
}

func newSampler(d *Document, dir Direction, seed uint64, left *work) *sampler {
	return &sampler{doc: d, work: left, dir: dir, rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), left: maxSampleValues} // #nosec G404 -- samples, the same for the same seed
}
