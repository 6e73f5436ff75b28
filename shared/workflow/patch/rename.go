package patch

import (
	"slices"
	"strings"
	"unicode"

	"github.com/apiq/apiq/shared/spec"
)

// candidate is a field or parameter that is gone, or one that is new.
type candidate struct {
	name, description, place string
	shape                    spec.Shape
}

// rename is one that goes on under another name.
type rename struct{ from, to string }

// renames pairs what is gone with what is new where each has one match only:
// the same place and type, and a name or description that says it is the same
// thing. The same type alone is chance: a note is no currency.
func renames(gone, fresh []candidate) []rename {
	var out []rename
	for _, g := range gone {
		to := only(fresh, func(f candidate) bool { return alike(g, f) })
		if to == nil || only(gone, func(o candidate) bool { return alike(o, *to) }) == nil {
			continue
		}
		out = append(out, rename{g.name, to.name})
	}
	return out
}

// only is the one element that fits, nil for none or several.
func only(list []candidate, fits func(candidate) bool) *candidate {
	var found *candidate
	for i := range list {
		if !fits(list[i]) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &list[i]
	}
	return found
}

func alike(a, b candidate) bool {
	if a.place != b.place || !sameShape(a.shape, b.shape) {
		return false
	}
	if a.description != "" && a.description == b.description {
		return true
	}
	x, y := tokens(a.name), tokens(b.name)
	return strings.Join(x, "") == strings.Join(y, "") || contains(x, y) || contains(y, x)
}

// sameShape compares what a value may be, not how it is described.
func sameShape(a, b spec.Shape) bool {
	if a.Format() != b.Format() || len(a.Enum()) != len(b.Enum()) || len(a.Variants()) != len(b.Variants()) || a.Ref() != b.Ref() {
		return false
	}
	x, y := a.Types(), b.Types()
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// tokens takes userId, user_id and UserID apart alike.
func tokens(name string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			flush()
		}
		lower = !unicode.IsUpper(r)
		word.WriteRune(r)
	}
	flush()
	return out
}

// contains says whether all words of part are in whole.
func contains(whole, part []string) bool {
	for _, word := range part {
		if !slices.Contains(whole, word) {
			return false
		}
	}
	return len(part) > 0
}

// fieldsBeside are the fields of an object that are gone, and those that are new.
func fieldsBeside(old, now spec.Shape) (gone, fresh []candidate) {
	for _, f := range old.Properties() {
		if _, still := now.Property(f.Name); !still {
			gone = append(gone, candidate{f.Name, f.Shape.Description(), "", f.Shape})
		}
	}
	for _, f := range now.Properties() {
		if _, before := old.Property(f.Name); !before {
			fresh = append(fresh, candidate{f.Name, f.Shape.Description(), "", f.Shape})
		}
	}
	return gone, fresh
}
