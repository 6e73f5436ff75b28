package lint

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxNesting is above what any real document has, and below what the library's
// JSON reader takes.
const maxNesting = 900

// prepare gives a document the form that the library reads as JSON. What its JSON
// reader declines it hands to a YAML parser, which takes 700 MB for 13 MB of JSON:
// white space in odd places, and characters that YAML forbids or takes for line
// breaks. These are words of people, and words do not matter to the report. ok is
// false where it is nested too deep.
func prepare(doc []byte) (out []byte, ok bool) {
	var b bytes.Buffer
	b.Grow(len(doc))
	if rawjson.Valid(doc, maxNesting) != nil || json.Compact(&b, doc) != nil {
		return nil, false
	}
	raw := b.Bytes()
	out = raw[:0] // what is left is never longer than what was read
	for i := 0; i < len(raw); {
		c := raw[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == 0x7f:
				c = ' '
			case c == '\\' && i < len(raw):
				if raw[i] == '/' { // the same as the slash alone
					c = '/'
				} else {
					out = append(out, c)
					c = raw[i]
				}
				i++
			}
			out = append(out, c)
			continue
		}
		r, size := utf8.DecodeRune(raw[i:])
		if strange(r) {
			out = append(out, ' ')
		} else {
			out = append(out, raw[i:i+size]...)
		}
		i += size
	}
	return out, true
}

// strange characters are not read alike by JSON and YAML (YAML 1.2, production 1).
func strange(r rune) bool {
	return r == utf8.RuneError || r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff
}
