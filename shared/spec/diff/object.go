package diff

import (
	"slices"

	"github.com/apiq/apiq/shared/spec"
)

// object compares fields by name. In a request those that only answers hold are
// none, and the other way round.
func (w *walk) object(at string, old, now spec.Shape, depth int) {
	before, after := w.fields(old), w.fields(now)
	was, is := old.Required(), now.Required()
	for _, p := range before {
		here := at + "." + p.Name
		i := slices.IndexFunc(after, func(q spec.Property) bool { return q.Name == p.Name })
		if i < 0 {
			if w.request() {
				w.note(true, FieldRemoved, here, "The field @ is not taken any more.")
			} else {
				w.note(true, FieldRemoved, here, "The field @ is gone from the answer.")
			}
			continue
		}
		w.required(here, slices.Contains(was, p.Name), slices.Contains(is, p.Name))
		w.enter(here, p.Shape, after[i].Shape, depth)
	}
	for _, p := range after {
		if slices.ContainsFunc(before, func(q spec.Property) bool { return q.Name == p.Name }) {
			continue
		}
		here := at + "." + p.Name
		if w.request() && slices.Contains(is, p.Name) {
			w.note(true, FieldRequired, here, "The new field @ is required.")
		} else {
			w.note(false, FieldAdded, here, "The field @ is new.")
		}
	}
	w.undeclared(at, before, after, was, is)
	w.additional(at, old, now, depth)
}

// fields are those that this side sees.
func (w *walk) fields(s spec.Shape) []spec.Property {
	return slices.DeleteFunc(s.Properties(), func(p spec.Property) bool {
		return w.request() && p.ReadOnly || !w.request() && p.WriteOnly
	})
}

func (w *walk) required(here string, was, is bool) {
	switch {
	case is && !was:
		w.note(w.request(), FieldRequired, here, "The field @ is required now.")
	case was && !is && w.request():
		w.note(false, FieldOptional, here, "The field @ is not required any more.")
	case was && !is:
		w.note(true, FieldOptional, here, "The field @ may be missing from the answer now.")
	}
}

// undeclared: names that are required without being described.
func (w *walk) undeclared(at string, before, after []spec.Property, was, is []string) {
	described := func(name string) bool {
		match := func(p spec.Property) bool { return p.Name == name }
		return slices.ContainsFunc(before, match) || slices.ContainsFunc(after, match)
	}
	for _, name := range is {
		if w.request() && !slices.Contains(was, name) && !described(name) {
			w.note(true, FieldRequired, at+"."+name, "The field @ is required now.")
		}
	}
}

// additional compares what fields without a name in the schema may be.
func (w *walk) additional(at string, old, now spec.Shape, depth int) {
	was, open := old.Additional()
	is, still := now.Additional()
	switch {
	case open && !still && w.request():
		w.note(true, FieldsClosed, at, "@ takes no fields any more that are not described.")
	case open && still && was.Known() && is.Known():
		w.enter(at+".*", was, is, depth)
	}
}
