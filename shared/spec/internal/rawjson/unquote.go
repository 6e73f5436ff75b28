package rawjson

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote decodes a quoted string; without escapes it is a slice of its input.
// Half a surrogate pair becomes U+FFFD, as with encoding/json; what is no escape
// stays as it is.
func unquote(quoted []byte) []byte {
	if len(quoted) < 2 {
		return nil
	}
	inner := quoted[1 : len(quoted)-1 : len(quoted)-1]
	i := bytes.IndexByte(inner, '\\')
	if i < 0 {
		return inner
	}
	out := make([]byte, 0, len(inner))
	for i >= 0 {
		out = append(out, inner[:i]...)
		n := escape(inner[i:])
		switch {
		case n == 0:
			out, n = append(out, '\\'), 1
		case n == 2:
			out = append(out, plainEscape(inner[i+1]))
		default:
			r := hex4(inner[i+2:])
			if utf16.IsSurrogate(r) {
				low := rune(utf8.RuneError)
				if next := inner[i+6:]; len(next) > 0 && next[0] == '\\' && escape(next) == 6 {
					low = hex4(inner[i+8:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					n = 12
				}
			}
			out = utf8.AppendRune(out, r)
		}
		inner = inner[i+n:]
		i = bytes.IndexByte(inner, '\\')
	}
	return append(out, inner...)
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // quote, backslash, slash
}

// hex4 reads the four hexadecimal digits that b begins with.
func hex4(b []byte) rune {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 16) // escape has looked at them
	return rune(n)
}
