package catalog

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// kind is what a field's shape says that planning asks for over and over. Fields share
// theirs: a document has few.
type kind struct {
	types, items []string // items are the types of an array's
	format       string
	enum         bool
}

func kindOf(s spec.Shape) *kind {
	k := &kind{types: s.Types(), format: s.Format(), enum: len(s.Enum()) > 0}
	if s.Is("array") {
		k.items = s.Items().Types()
	}
	return k
}

// key tells kinds apart.
func (k *kind) key() string {
	key := strings.Join(k.types, "\x00") + "\x01" + strings.Join(k.items, "\x00") + "\x01" + k.format
	if k.enum {
		key += "\x01"
	}
	return key
}

// kind gives shapes that are alike the same kind.
func (r *reader) kind(s spec.Shape) *kind {
	k := kindOf(s)
	key := k.key()
	if known, ok := r.kinds[key]; ok {
		return known
	}
	r.kinds[key] = k
	return k
}

// Types are those that the value may have, as spec.Shape gives them.
func (f *Field) Types() []string { return f.kind.types }

// Is says whether the value may be of a type, as spec.Shape does.
func (f *Field) Is(t string) bool {
	return slices.Contains(f.kind.types, t) || t == "number" && slices.Contains(f.kind.types, "integer")
}

// Format is the value's, "" for none.
func (f *Field) Format() string { return f.kind.format }

// Enum says whether the value is one of a list.
func (f *Field) Enum() bool { return f.kind.enum }

// Scalar says whether the field holds one plain value, as far as is known.
func (f *Field) Scalar() bool { return !f.Is("object") && !f.Is("array") }
