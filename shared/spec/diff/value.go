package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apiq/apiq/shared/spec"
)

// values compares what narrows a value beyond its type.
func (w *walk) values(at string, old, now spec.Shape) {
	w.enum(at, old.Enum(), now.Enum())
	w.format(at, old.Format(), now.Format())
	if w.request() {
		w.limits(at, old, now)
		if a, b := old.Default(), now.Default(); !equalJSON(a, b) {
			w.note(false, DefaultChanged, at, "The default of @ was %s and is %s.", orNone(a), orNone(b))
		}
	}
}

func orNone(raw json.RawMessage) string {
	if raw == nil {
		return "none"
	}
	return short(raw)
}

func short(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil || b.Len() > 60 {
		return "another"
	}
	return b.String()
}

func equalJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	_, _ = json.Compact(&x, a), json.Compact(&y, b) // what is no JSON is compared as nothing
	return x.String() == y.String()
}

// enum compares sets of values. A request's may not lose any; an answer may gain
// some, which readers must expect.
func (w *walk) enum(at string, was, is []json.RawMessage) {
	// null is told by the types.
	null := func(v json.RawMessage) bool { return string(bytes.TrimSpace(v)) == "null" }
	gone, added := missing(was, is), missing(is, was)
	gone, added = slices.DeleteFunc(gone, null), slices.DeleteFunc(added, null)
	switch {
	case was == nil && is == nil:
	case was == nil:
		w.note(w.request(), EnumNarrowed, at, "@ is one of %s now.", listed6(is))
	case is == nil:
		w.note(false, EnumWidened, at, "@ may have any value now.")
	default:
		if len(gone) > 0 {
			w.note(w.request(), EnumNarrowed, at, "@ may not be %s any more.", listed6(gone))
		}
		if len(added) > 0 {
			w.note(false, EnumWidened, at, "@ may be %s now.", listed6(added))
		}
	}
}

func missing(list, from []json.RawMessage) []json.RawMessage {
	var out []json.RawMessage
	for _, v := range list {
		if !slices.ContainsFunc(from, func(x json.RawMessage) bool { return equalJSON(x, v) }) {
			out = append(out, v)
		}
	}
	return out
}

func listed6(list []json.RawMessage) string {
	var names []string
	for _, v := range list {
		names = append(names, short(v))
	}
	return words(names)
}

// wider are formats whose values are all values of another.
var wider = map[string]string{"int32": "int64", "float": "double"} //nolint:gochecknoglobals // a table

// loose are formats that restrict nothing that a call would notice.
var loose = []string{"", "password", "textarea", "html", "markdown", "int64", "double", "decimal", "number", "string", "integer"} //nolint:gochecknoglobals // a table

func (w *walk) format(at string, was, is string) {
	if was == is {
		return
	}
	inner, outer := was, is
	if !w.request() {
		inner, outer = is, was
	}
	fits := wider[inner] == outer && outer != "" || slices.Contains(loose, outer)
	w.note(!fits, FormatChanged, at, "The format of @ was %s and is %s.", named(was), named(is))
}

func named(format string) string {
	if format == "" {
		return "none"
	}
	return format
}

// limits compares a request's bounds.
func (w *walk) limits(at string, old, now spec.Shape) {
	a, b := old.Bounds(), now.Bounds()
	low := func(name string, was, is *float64) {
		w.limit(at, name, was, is, is != nil && (was == nil || *is > *was))
	}
	high := func(name string, was, is *float64) {
		w.limit(at, name, was, is, is != nil && (was == nil || *is < *was))
	}
	low("smallest value", a.Minimum, b.Minimum)
	low("value it must exceed", a.ExclusiveMinimum, b.ExclusiveMinimum)
	high("largest value", a.Maximum, b.Maximum)
	high("value it must stay under", a.ExclusiveMaximum, b.ExclusiveMaximum)
	low("shortest length", number(a.MinLength), number(b.MinLength))
	high("longest length", number(a.MaxLength), number(b.MaxLength))
	low("least number of elements", number(a.MinItems), number(b.MinItems))
	high("largest number of elements", number(a.MaxItems), number(b.MaxItems))
	w.limit(at, "step", a.MultipleOf, b.MultipleOf, b.MultipleOf != nil && (a.MultipleOf == nil || *a.MultipleOf != *b.MultipleOf))
	if was, is := old.Pattern(), now.Pattern(); was != is {
		if is == "" {
			w.note(false, LimitWidened, at, "@ need not match a pattern any more.")
		} else {
			w.note(true, LimitNarrowed, at, "@ must match %s now.", is)
		}
	}
}

func number(n *int) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}

func (w *walk) limit(at, name string, was, is *float64, narrower bool) {
	switch {
	case was == nil && is == nil, was != nil && is != nil && *was == *is:
	case narrower:
		w.note(true, LimitNarrowed, at, "The "+name+" of @ was %s and is %s.", figure(was), figure(is))
	default:
		w.note(false, LimitWidened, at, "The "+name+" of @ was %s and is %s.", figure(was), figure(is))
	}
}

func figure(f *float64) string {
	if f == nil {
		return "none"
	}
	return fmt.Sprint(*f)
}
