package spec

import (
	"bytes"
	"iter"
	"strings"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxOddPlaces bounds how many places of one fault are looked at.
const maxOddPlaces = 1000

// checkSchemas tells the keywords of schemas whose values have the wrong type, each
// keyword once: its first place, and how many there are. They are found in the
// raw bytes, as reading every schema would cost more than all the rest of an
// import.
func (s *scanner) checkSchemas() {
	places := map[string][]int{}
	for at, key := range schemaKeywords(s.json) {
		if s.ctx.Err() != nil {
			return
		}
		if len(places[key]) < maxOddPlaces && s.isOdd(key, kindAfter(s.json, at+len(key)+2)) {
			places[key] = append(places[key], at)
		}
	}
	for _, key := range []string{"type", "enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems"} {
		first, n := "", 0
		for _, where := range rawjson.PointersTo(s.json, places[key]) {
			if inExample(where) || strings.HasSuffix(where, "/mapping/"+key) { // of a discriminator
				continue
			}
			if n++; n == 1 {
				first = where
			}
		}
		switch {
		case n > 1:
			s.warns.add(first, "odd_schema", "%s It is so in %d places.", whatIsOdd(key), n)
		case n == 1:
			s.warns.add(first, "odd_schema", "%s", whatIsOdd(key))
		}
	}
}

func whatIsOdd(key string) string {
	switch key {
	case "type":
		return "A list of types is for OpenAPI 3.1 and later; it counts all the same."
	case "enum":
		return "The enum should be a list; it does not count."
	}
	return "The limit should be a number; it counts where the text spells one."
}

// isOdd tells whether a keyword cannot have a value of a kind.
func (s *scanner) isOdd(key string, kind byte) bool {
	switch key {
	case "type":
		return kind == '[' && strings.HasPrefix(s.info.SpecVersion, "3.0")
	case "enum":
		return kind == '"' || kind == '0' || kind == 't' || kind == 'f'
	}
	return kind == '"'
}

// kindAfter is the kind of the value of a key whose closing quote ends at i, 0
// where it is no key.
func kindAfter(text []byte, i int) byte {
	rest := bytes.TrimLeft(text[i:], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return 0
	}
	return rawjson.Kind(rest[1:])
}

// schemaKeywords finds the words in quotes that checkSchemas looks at, with the
// offsets of their first quotes.
func schemaKeywords(text []byte) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := 0; ; i++ {
			n := bytes.IndexByte(text[i:], '"')
			if n < 0 || i+n+1 >= len(text) {
				return
			}
			i += n
			if c := text[i+1]; c != 't' && c != 'e' && c != 'm' {
				continue
			}
			end := bytes.IndexByte(text[i+1:min(len(text), i+12)], '"')
			if end < 0 {
				continue
			}
			switch key := string(text[i+1 : i+1+end]); key {
			case "type", "enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems":
				if !yield(i, key) {
					return
				}
			}
		}
	}
}
