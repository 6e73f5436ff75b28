package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a bound value.
const maxDepth = 64

var errDepth = errors.New("nested too deeply")

// value is a JSON value that remembers the order of its fields: servers that
// read forms may care.
type value struct {
	kind  jsontext.Kind // 'n' 't' 'f' '"' '0' '{' '['
	text  string        // of a scalar, as it stands in a URL
	raw   json.RawMessage
	items []value // of an array, and of an object's fields
	names []string
}

func (v value) null() bool   { return v.kind == 'n' }
func (v value) scalar() bool { return v.kind != '{' && v.kind != '[' }

// flat is the value as one text: a scalar as it is, anything else as JSON,
// because OpenAPI defines no other form for values nested in a simple style.
func (v value) flat() string {
	if v.scalar() {
		return v.text
	}
	return string(v.raw)
}

// field finds a field of an object.
func (v value) field(name string) (value, bool) {
	for i, n := range v.names {
		if n == name {
			return v.items[i], true
		}
	}
	return value{}, false
}

// parseValue reads one JSON value; of a repeated key the last counts.
func parseValue(raw json.RawMessage) (value, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return value{}, err
	}
	dec := jsontext.NewDecoder(&compact, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	whole, err := dec.ReadValue()
	if err != nil {
		return value{}, err
	}
	return parseAt(json.RawMessage(bytes.Clone(whole)), 0)
}

func parseAt(raw json.RawMessage, depth int) (value, error) {
	if depth > maxDepth {
		return value{}, errDepth
	}
	v := value{kind: jsontext.Value(raw).Kind(), raw: raw}
	switch v.kind {
	case '"':
		return v, json.Unmarshal(raw, &v.text)
	case 'n':
		return v, nil
	case '0':
		v.text = plainNumber(string(raw))
		return v, nil
	case '{', '[':
		return v, v.parseItems(depth)
	default:
		v.text = string(raw)
		return v, nil
	}
}

func (v *value) parseItems(depth int) error {
	dec := jsontext.NewDecoder(bytes.NewReader(v.raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' && dec.PeekKind() != '}' {
		if v.kind == '{' {
			name, err := dec.ReadToken()
			if err != nil {
				return err
			}
			v.names = append(v.names, name.String())
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return err
		}
		item, err := parseAt(json.RawMessage(bytes.Clone(raw)), depth+1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	return nil
}

// plainNumber writes whole numbers without exponent or fraction: an expression
// that computed 1e3 means 1000, which is how an API reads an integer in a URL.
func plainNumber(text string) string {
	if !strings.ContainsAny(text, ".eE") || len(text) > 32 {
		return text
	}
	if e := strings.IndexAny(text, "eE"); e >= 0 && len(text)-e > 4 {
		return text // beyond 1e99: not an integer anyone counts with
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok || !r.IsInt() {
		return text
	}
	whole := r.Num().String()
	if len(whole) > 20 {
		return text
	}
	return whole
}
