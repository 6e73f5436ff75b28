// Package rawjson reads JSON where it lies: it finds members, elements and
// their ends in raw bytes and decodes only what is asked for. It never builds a
// tree, and it never trusts its input: on bytes that are not JSON the walkers
// end early instead of failing, so whoever needs to know calls Valid first.
package rawjson

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Span is a half-open range of byte offsets into a document.
type Span struct{ Start, End int }

// Of returns the bytes of the span; they alias b and cannot be appended to.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End:s.End] }

// Kind is the type of the value that v starts with: '{', '[', '"', '0' for any
// number, 't' for true, 'f' for false, 'n' for null, 0 for none of them.
func Kind(v []byte) byte {
	i := space(v, 0)
	if i >= len(v) {
		return 0
	}
	switch c := v[i]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return c
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	}
	return 0
}

// Members yields the members of the object v in order, repeated keys included;
// keys are decoded, values are raw and alias v. It yields nothing for another
// type.
func Members(v []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func([]byte, []byte) bool) {
		MembersAt(v, space(v, 0), func(key []byte, at Span) bool { return yield(key, at.Of(v)) })
	}
}

// MembersAt is Members for the object at an offset of a document; it gives each
// value's span in the document and stops when yield returns false.
func MembersAt(b []byte, i int, yield func(key []byte, value Span) bool) {
	if i < 0 || i >= len(b) || b[i] != '{' {
		return
	}
	i = space(b, i+1)
	for i < len(b) && b[i] == '"' {
		end := skipString(b, i)
		if end < 0 {
			return
		}
		key := unquote(b[i:end])
		i = space(b, end)
		if i >= len(b) || b[i] != ':' {
			return
		}
		start := space(b, i+1)
		if end = skip(b, start); end < 0 {
			return
		}
		if !yield(key, Span{start, end}) {
			return
		}
		if i = space(b, end); i >= len(b) || b[i] != ',' {
			return
		}
		i = space(b, i+1)
	}
}

// Elements yields the elements of the array v, raw and aliasing v; nothing for
// another type.
func Elements(v []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		ElementsAt(v, space(v, 0), func(n int, at Span) bool { return yield(n, at.Of(v)) })
	}
}

// ElementsAt is Elements for the array at an offset of a document.
func ElementsAt(b []byte, i int, yield func(n int, value Span) bool) {
	if i < 0 || i >= len(b) || b[i] != '[' {
		return
	}
	i = space(b, i+1)
	for n := 0; i < len(b) && b[i] != ']'; n++ {
		end := skip(b, i)
		if end < 0 || !yield(n, Span{i, end}) {
			return
		}
		if i = space(b, end); i >= len(b) || b[i] != ',' {
			return
		}
		i = space(b, i+1)
	}
}

// Get returns the value of a member of the object v, nil when there is none. Of
// a repeated key the last counts, as in encoding/json.
func Get(v []byte, name string) []byte {
	var found []byte
	for key, value := range Members(v) {
		if string(key) == name {
			found = value
		}
	}
	return found
}

// String decodes the string v; ok is false for another type. Bytes that are not
// UTF-8 become U+FFFD.
func String(v []byte) (s string, ok bool) {
	v = trim(v)
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if s = string(unquote(v)); utf8.ValidString(s) {
		return s, true
	}
	return strings.ToValidUTF8(s, "\uFFFD"), true
}

// Text is String, and the literal text of a number, true or false: documents
// write "version": 1 where a string is due.
func Text(v []byte) (s string, ok bool) {
	switch Kind(v) {
	case '"':
		return String(v)
	case '0', 't', 'f':
		return string(trim(v)), true
	}
	return "", false
}

// Bool reads true, false and, because real documents hold them, "true" and
// "false". exact is false for the quoted forms; ok is false for anything else.
func Bool(v []byte) (value, exact, ok bool) {
	switch string(trim(v)) {
	case "true":
		return true, true, true
	case "false":
		return false, true, true
	case `"true"`:
		return true, false, true
	case `"false"`:
		return false, false, true
	}
	return false, false, false
}

// Quote writes s as a JSON string.
func Quote(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

func trim(v []byte) []byte {
	i := space(v, 0)
	j := len(v)
	for j > i && isSpace(v[j-1]) {
		j--
	}
	return v[i:j]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func space(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// skip is the end of the value that starts at i, -1 when the text ends first. It
// matches brackets by count only: on valid JSON that is exact.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
	case ',', ':', '}', ']':
		return -1
	default:
		for i < len(b) && !isSpace(b[i]) && b[i] != ',' && b[i] != '}' && b[i] != ']' {
			i++
		}
		return i
	}
	depth := 0
	for i < len(b) {
		step := steps[b[i]]
		if step == 0 {
			i++
			continue
		}
		if step == inString {
			if i = skipString(b, i); i < 0 {
				return -1
			}
			continue
		}
		depth += int(step)
		i++
		if depth == 0 {
			return i
		}
	}
	return -1
}

// inString marks a quote among the steps.
const inString = 2

// steps says what a byte outside a string does to the depth of nesting. A table,
// because this loop sees every byte of a document several times.
var steps = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1, '"': inString}

// skipString is the index after the closing quote of the string at i, -1 when it
// does not end.
func skipString(b []byte, i int) int {
	i++
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		slashes := 0
		for j := i - 2; j >= 0 && b[j] == '\\'; j-- {
			slashes++
		}
		// An odd run of backslashes escapes the quote. The run cannot reach past the
		// opening quote, which is no backslash.
		if slashes%2 == 0 {
			return i
		}
	}
}

// Cut shortens s to at most n bytes without splitting a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Int reads a whole number that fits an int; ok is false for anything else.
func Int(v []byte) (n int, ok bool) {
	n, err := strconv.Atoi(string(trim(v)))
	return n, err == nil
}

// Child is the span of a member of the object, or of an element of the array,
// that lies at a span of b.
func Child(b []byte, of Span, token string) (at Span, found bool) {
	b = b[:of.End]
	i := space(b, of.Start)
	if i < len(b) && b[i] == '[' {
		want, err := strconv.Atoi(token)
		if err != nil {
			return at, false
		}
		ElementsAt(b, i, func(n int, value Span) bool {
			if n == want {
				at, found = value, true
			}
			return !found
		})
		return at, found
	}
	MembersAt(b, i, func(key []byte, value Span) bool {
		if string(key) == token {
			at, found = value, true
		}
		return true
	})
	return at, found
}
