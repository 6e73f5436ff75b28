package diff

import (
	"slices"

	"github.com/apiq/apiq/shared/spec"
)

// variants compares alternatives one by one; true where there are any. Two stand
// for one another when they have the same name, the same bytes, or the same types
// and field names.
func (w *walk) variants(at string, old, now spec.Shape, depth int) bool {
	was, is := old.Variants(), now.Variants()
	if len(was) == 0 && len(is) == 0 {
		return false
	}
	if len(was) == 0 {
		was = []spec.Shape{old}
	}
	if len(is) == 0 {
		is = []spec.Shape{now}
	}
	free := make([]bool, len(is))
	for i := range free {
		free[i] = true
	}
	var left []spec.Shape
	pairUp := func(list []spec.Shape, alike func(a, b spec.Shape) bool) (rest []spec.Shape) {
		for _, a := range list {
			found := false
			for i, b := range is {
				if found = free[i] && alike(a, b); found {
					free[i] = false
					w.enter(at, a, b, depth)
					break
				}
			}
			if !found {
				rest = append(rest, a)
			}
		}
		return rest
	}
	left = pairUp(was, func(a, b spec.Shape) bool { return a.Ref() != "" && a.Ref() == b.Ref() })
	left = pairUp(left, func(a, b spec.Shape) bool {
		return a.Ref() == "" && b.Ref() == "" && w.before.of(a.Raw()) == w.after.of(b.Raw())
	})
	left = pairUp(left, similar)
	for _, a := range left {
		w.note(w.request(), AlternativeRemoved, at, "@ may not have the form %s any more.", form(a))
	}
	for i, b := range is {
		if free[i] {
			w.note(!w.request(), AlternativeAdded, at, "@ may have the form %s now.", form(b))
		}
	}
	return true
}

func similar(a, b spec.Shape) bool {
	if !slices.Equal(plainTypes(a), plainTypes(b)) {
		return false
	}
	names := func(s spec.Shape) (list []string) {
		for _, p := range s.Properties() {
			list = append(list, p.Name)
		}
		return list
	}
	x, y := names(a), names(b)
	common := 0
	for _, n := range x {
		if slices.Contains(y, n) {
			common++
		}
	}
	return common*2 >= max(len(x), len(y))
}

func form(s spec.Shape) string {
	if s.Ref() != "" {
		return s.Ref()
	}
	if t := s.Title(); t != "" {
		return t
	}
	return typed(plainTypes(s))
}
