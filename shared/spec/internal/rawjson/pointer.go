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

// PointerTo is the JSON Pointer (RFC 6901) of the innermost object or array
// around an offset of the document b, with the key the offset lies in.
func PointerTo(b []byte, offset int) string {
	var path strings.Builder
	i := space(b, 0)
	for i < len(b) && (b[i] == '{' || b[i] == '[') {
		next := -1
		into := func(token string, value Span) {
			path.WriteByte('/')
			path.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
			next = value.Start
		}
		// The key before a value counts as part of the member, so that the offset of
		// a key is inside it.
		MembersAt(b, i, func(key []byte, value Span) bool {
			if offset < value.End {
				into(string(key), value)
			}
			return next < 0
		})
		ElementsAt(b, i, func(n int, value Span) bool {
			if offset < value.End {
				into(strconv.Itoa(n), value)
			}
			return next < 0
		})
		if next < 0 || offset < next {
			break
		}
		i = next
	}
	return path.String()
}
