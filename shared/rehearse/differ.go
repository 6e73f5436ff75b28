package rehearse

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/workflow"
)

// Difference is one place at which two values differ. Was or Is is absent where the
// value is.
type Difference struct {
	// At is a JSON Pointer.
	At  string          `json:"at"`
	Was json.RawMessage `json:"was,omitempty"`
	Is  json.RawMessage `json:"is,omitempty"`
}

// maxShown is the largest value that a Difference shows whole.
const maxShown = 1 << 10

// differ gathers differences, maxListed at most.
type differ struct{ found []Difference }

func (d *differ) add(at string, was, is json.RawMessage) {
	if len(d.found) < maxListed {
		d.found = append(d.found, Difference{At: at, Was: shown(was), Is: shown(is)})
	}
}

func shown(v json.RawMessage) json.RawMessage {
	if len(v) <= maxShown {
		return v
	}
	return encoded("(" + strconv.Itoa(len(v)) + " bytes)")
}

// texts compares two texts, of which "" is none.
func (d *differ) texts(at, was, is string) {
	if was == is {
		return
	}
	var a, b json.RawMessage
	if was != "" {
		a = encoded(was)
	}
	if is != "" {
		b = encoded(is)
	}
	d.add(at, a, b)
}

// values compares two JSON values; empty is none.
func (d *differ) values(at string, was, is json.RawMessage) {
	if len(was) == 0 || len(is) == 0 {
		if len(was)+len(is) > 0 {
			d.add(at, was, is)
		}
		return
	}
	var a, b any
	if decode(was, &a) != nil || decode(is, &b) != nil {
		if !bytes.Equal(was, is) {
			d.add(at, was, is)
		}
		return
	}
	d.walk(at, a, b)
}

// decode keeps numbers as they are written: 1 and 1.0 are the same to nobody who reads
// the report, and large ones are not rounded into each other.
func decode(raw json.RawMessage, into *any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}

func (d *differ) walk(at string, a, b any) {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			d.objects(at, a, b)
			return
		}
	case []any:
		if b, ok := b.([]any); ok {
			for i := range max(len(a), len(b)) {
				d.items(at+"/"+strconv.Itoa(i), a, b, i)
			}
			return
		}
	default:
		if a == b {
			return
		}
	}
	d.add(at, encoded(a), encoded(b))
}

func (d *differ) objects(at string, a, b map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(a)) { // the same are left out each time
		if other, ok := b[name]; ok {
			d.walk(at+workflow.Pointer(name), a[name], other)
		} else {
			d.add(at+workflow.Pointer(name), encoded(a[name]), nil)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			d.add(at+workflow.Pointer(name), nil, encoded(b[name]))
		}
	}
}

func (d *differ) items(at string, a, b []any, i int) {
	switch {
	case i >= len(a):
		d.add(at, nil, encoded(b[i]))
	case i >= len(b):
		d.add(at, encoded(a[i]), nil)
	default:
		d.walk(at, a[i], b[i])
	}
}

func (d *differ) sorted() []Difference {
	slices.SortFunc(d.found, func(a, b Difference) int { return strings.Compare(a.At, b.At) })
	return d.found
}

func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return raw
}

// walkText visits the texts of a JSON value.
func walkText(raw json.RawMessage, at string, visit func(at, text string)) {
	var v any
	if decode(raw, &v) == nil {
		visitText(v, at, visit)
	}
}

func visitText(v any, at string, visit func(at, text string)) {
	switch v := v.(type) {
	case string:
		visit(at, v)
	case []any:
		for i, item := range v {
			visitText(item, at+"/"+strconv.Itoa(i), visit)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			visitText(v[name], at+workflow.Pointer(name), visit)
		}
	}
}
