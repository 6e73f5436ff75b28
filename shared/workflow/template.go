package workflow

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Strings calls f for each string value of a template with its JSON Pointer
// below at. It stops at the first malformed byte.
func Strings(template json.RawMessage, at string, f func(at, text string)) {
	dec := jsontext.NewDecoder(bytes.NewReader(template))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		if token.Kind() == '"' && !isName(dec) {
			f(at+string(dec.StackPointer()), token.String())
		}
	}
}

// isName says whether the string just read is a member's name.
func isName(dec *jsontext.Decoder) bool {
	kind, n := dec.StackIndex(dec.StackDepth())
	return kind == '{' && n%2 == 1
}

// partial says whether text has an expression inside other text, where it would
// stay text: an expression is always the whole string.
func partial(text string) bool {
	i := strings.Index(text, "{%")
	return i >= 0 && strings.Contains(text[i:], "%}")
}
