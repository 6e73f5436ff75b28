package rawjson

import (
	"bytes"
	"errors"
	"slices"
)

// Fault is a place where a text was not JSON.
type Fault struct {
	SyntaxError
	// Path is a JSON Pointer into the mended text: what holds the place.
	Path string
	// Cut: the member or element with the fault has been left out. Else nothing was lost.
	Cut bool
}

// Mend gives a text that is JSON, with the faults it had: b itself where it has
// none. A control character or a stray backslash in a string is escaped, a comma
// too many goes, and so does text after the end; of any other fault the innermost
// member or element goes that holds it. What cannot be mended that way, or has more
// than maxFaults faults, or ends too early, gives the error of Valid; so does what
// would take many readings of a large text, as brackets do that match nowhere.
func Mend(b []byte, maxDepth, maxFaults int) ([]byte, []Fault, error) {
	first := Valid(b, maxDepth)
	if first == nil {
		return b, nil, nil
	}
	var faults []Fault
	var offsets []int
	lines := 0 // that were cut out
	m := mender{maxDepth: maxDepth, left: maxMending}
	for err := first; err != nil; {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || len(faults) >= maxFaults || syntax.Offset >= len(b) {
			return nil, nil, first
		}
		next, at, cut, rest := m.one(b, syntax.Offset)
		if next == nil {
			return nil, nil, first
		}
		for i := range offsets { // what was mended may lie in what is cut now
			offsets[i] = min(offsets[i], at)
		}
		fault := Fault{SyntaxError: *syntax, Cut: cut}
		fault.Line += lines
		lines += bytes.Count(b, []byte("\n")) - bytes.Count(next, []byte("\n"))
		b, err = next, rest
		faults, offsets = append(faults, fault), append(offsets, at)
	}
	for i := range faults {
		if faults[i].Cut { // at the end of what held it: before that is another member
			offsets[i] = max(skip(b, offsets[i])-1, 0)
		}
	}
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return offsets[x] - offsets[y] })
	slices.Sort(offsets)
	for i, path := range PointersTo(b, offsets) {
		faults[order[i]].Path = path
	}
	return b, faults, nil
}

// maxMending is how many bytes are read in all to mend a text, beyond the first
// reading; a few readings are made of any.
const maxMending = 256 << 20

// mender tries what makes a text JSON.
type mender struct {
	maxDepth int
	left     int // bytes that may still be read
}

// try reads a text made of pieces.
func (m *mender) try(pieces ...[]byte) (out []byte, rest error) {
	out = slices.Concat(pieces...)
	m.left -= len(out)
	return out, Valid(out, m.maxDepth)
}

// one mends the fault at an offset: the new text, where the place is in it, and
// what is still wrong with it. Where something is cut out the place is what held it.
// nil: it cannot.
func (m *mender) one(b []byte, at int) (out []byte, place int, cut bool, rest error) {
	if m.left <= 0 {
		return nil, 0, false, nil
	}
	if withinString(b, at) {
		out, rest := m.try(b[:at], escaped(b, at), b[at+1:])
		return out, at, false, rest
	}
	open := enclosing(b, at)
	if len(open) == 0 {
		start := space(b, 0)
		if end := skip(b, start); end > 0 && end <= at {
			out, rest := m.try(b[:end])
			return out, start, true, rest // text after the end
		}
		return nil, 0, false, nil
	}
	if b[at] == '}' || b[at] == ']' { // after a comma
		if i := lastComma(b, at); i >= 0 {
			if out, rest := m.try(b[:i], b[i+1:]); progress(rest, at-1) {
				return out, i, false, rest
			}
		}
	}
	for i := len(open) - 1; i >= 0 && m.left > 0; i-- {
		start := open[i].member
		end := memberEnd(b, max(at, start))
		if end < 0 {
			continue
		}
		from, to := start, end
		if b[end] == ',' {
			to = end + 1
		} else if comma := lastComma(b, start); comma >= 0 {
			from = comma
		}
		if out, rest := m.try(b[:from], b[to:]); progress(rest, from+1) {
			return out, open[i].start, true, rest
		}
	}
	return nil, 0, false, nil
}

// progress says that what is still wrong lies behind an offset.
func progress(err error, offset int) bool {
	var syntax *SyntaxError
	return err == nil || errors.As(err, &syntax) && syntax.Offset > offset
}

// container is one that is open: where it and its present member or element begin.
type container struct{ start, member int }

// enclosing gives the containers that are open at an offset, outermost first. The
// text before is JSON.
func enclosing(b []byte, at int) []container {
	var open []container
	for i := 0; i < at; {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 || end > at {
				return open
			}
			i = end
			continue
		case '{', '[':
			open = append(open, container{i, i + 1})
		case '}', ']':
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case ',':
			if len(open) > 0 {
				open[len(open)-1].member = i + 1
			}
		}
		i++
	}
	return open
}

// withinString says that an offset lies within a string whose start is before it.
func withinString(b []byte, at int) bool {
	for i := 0; i < at; {
		if b[i] != '"' {
			next := bytes.IndexByte(b[i:at], '"')
			if next < 0 {
				return false
			}
			i += next
		}
		end := skipString(b, i)
		if end < 0 || end > at {
			return true
		}
		i = end
	}
	return false
}

// escaped is what a byte that may not stand in a string becomes.
func escaped(b []byte, at int) []byte {
	if b[at] == '\\' {
		return []byte(`\\`)
	}
	quoted := Quote(nil, string(b[at:at+1]))
	return quoted[1 : len(quoted)-1]
}

// lastComma is the comma before an offset, if only white space lies between.
func lastComma(b []byte, at int) int {
	for at--; at >= 0 && isSpace(b[at]); at-- {
	}
	if at >= 0 && b[at] == ',' {
		return at
	}
	return -1
}

// memberEnd is the comma or bracket that ends the member around an offset.
func memberEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return -1
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}
