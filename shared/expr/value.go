package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/recolabs/gnata"
)

// undefined is the type of Undefined.
type undefined struct{}

// Undefined is what an expression that matches nothing evaluates to. It is not null.
var Undefined any = undefined{}

// Null is JSON null in the domain of Decode.
var Null = mustNull()

func mustNull() any {
	v, _ := gnata.DecodeJSON(json.RawMessage("null"))
	return v
}

// IsUndefined tells the absence of a value.
func IsUndefined(v any) bool { return v == Undefined }

// IsNull tells JSON null, as plain nil or in the domain of Decode.
func IsNull(v any) bool { return v == nil || gnata.IsNull(v) }

// maxDepth bounds the nesting of values that come in, are built, or go out; it
// is what keeps recursion over values off the end of the stack.
const maxDepth = 250

// object is how gnata's ordered maps are read.
type object interface {
	Range(func(key string, value any) bool)
	Get(key string) (any, bool)
	Len() int
}

// Decode reads one JSON value, keeping the order of keys. Deeper than 250 levels
// or trailing text is an error.
func Decode(raw json.RawMessage) (any, error) {
	if err := checkDepth(raw); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	var whole json.RawMessage
	if err := dec.Decode(&whole); err != nil {
		return nil, fmt.Errorf("expr: decode: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("expr: decode: text after the value")
	}
	return gnata.DecodeJSON(whole)
}

func checkDepth(raw []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("expr: decode: nested deeper than %d", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// settableObject is a gnata ordered map under construction.
type settableObject interface {
	object
	Set(key string, value any)
}

func newObject() settableObject {
	v, _ := gnata.DecodeJSON(json.RawMessage("{}"))
	o, _ := v.(settableObject)
	return o
}

// Object builds an object of the domain from alternating keys and values, which
// must be of the domain already.
func Object(pairs ...any) any {
	o := newObject()
	for i := 0; i+1 < len(pairs); i += 2 {
		k, _ := pairs[i].(string)
		o.Set(k, pairs[i+1])
	}
	return o
}

// Field reads a key of an object of the domain.
func Field(v any, key string) (any, bool) {
	if o, ok := v.(object); ok {
		return o.Get(key)
	}
	return nil, false
}

// Fields lists an object's keys in order, and whether v is an object.
func Fields(v any) ([]string, bool) {
	o, ok := v.(object)
	if !ok {
		return nil, false
	}
	keys := make([]string, 0, o.Len())
	o.Range(func(k string, _ any) bool { keys = append(keys, k); return true })
	return keys, true
}

// Plain turns a value of the domain into ordinary Go values: nil, bool, float64,
// string, []any, map[string]any. Undefined becomes nil.
func Plain(v any) any {
	switch v := v.(type) {
	case undefined:
		return nil
	case json.Number:
		f, _ := v.Float64()
		return f
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Plain(v[i])
		}
		return out
	case object:
		out := make(map[string]any, v.Len())
		v.Range(func(k string, x any) bool { out[k] = Plain(x); return true })
		return out
	}
	if gnata.IsNull(v) {
		return nil
	}
	return v
}
