package request

import "strings"

const upperHex = "0123456789ABCDEF"

// escape percent-encodes everything but RFC 3986's unreserved characters and
// the bytes in keep.
func escape(s, keep string) string {
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; unreserved(c) || strings.IndexByte(keep, c) >= 0 {
			out.WriteByte(c)
		} else {
			out.WriteByte('%')
			out.WriteByte(upperHex[c>>4])
			out.WriteByte(upperHex[c&15])
		}
	}
	return out.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// reserved is what allowReserved leaves as it is: RFC 3986's reserved characters
// without those that would end a value or the query ("&", "#") or read as a space ("+").
const reserved = ":/?[]@!$'()*,;="
