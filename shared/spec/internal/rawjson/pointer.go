package rawjson

import (
	"strconv"
	"strings"
)

// AfterColon is the value of a key whose closing quote ends at i.
func AfterColon(b []byte, i int) (Span, bool) {
	i = space(b, i)
	if i >= len(b) || b[i] != ':' {
		return Span{}, false
	}
	start := space(b, i+1)
	end := skip(b, start)
	return Span{start, end}, end >= 0
}

// PointersTo gives, for each of some ascending offsets of the document b, the
// JSON Pointer (RFC 6901) of the innermost value around it; the offset of a key is
// inside the member. One walk serves all.
func PointersTo(b []byte, offsets []int) []string {
	w := pointerWalk{b: b, offsets: offsets, found: make([]string, 0, len(offsets))}
	w.into(space(b, 0), len(b), "")
	for len(w.found) < len(offsets) {
		w.found = append(w.found, "")
	}
	return w.found
}

type pointerWalk struct {
	b       []byte
	offsets []int // those not yet found
	found   []string
}

// into finds the offsets that lie before end, in the value at i and its members.
func (w *pointerWalk) into(i, end int, path string) {
	each := func(token string, value Span) bool {
		if len(w.offsets) > 0 && w.offsets[0] < value.End {
			below := path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
			if w.offsets[0] < value.Start {
				w.take(value.Start, below)
			}
			if len(w.offsets) > 0 && w.offsets[0] < value.End {
				w.into(value.Start, value.End, below)
			}
		}
		return len(w.offsets) > 0 && w.offsets[0] < end
	}
	MembersAt(w.b, i, func(key []byte, value Span) bool { return each(string(key), value) })
	ElementsAt(w.b, i, func(n int, value Span) bool { return each(strconv.Itoa(n), value) })
	w.take(end, path)
}

func (w *pointerWalk) take(end int, path string) {
	for len(w.offsets) > 0 && w.offsets[0] < end {
		w.found = append(w.found, path)
		w.offsets = w.offsets[1:]
	}
}
