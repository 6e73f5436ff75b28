package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

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

// domain turns plain Go values into the domain of Decode. What is in it already
// is passed through.
func domain(v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("expr: value nested deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case nil:
		return Null, nil
	case undefined:
		return nil, nil
	case string, bool, float64, json.Number:
		return v, nil
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case json.RawMessage:
		return Decode(v)
	case []any:
		return domainArray(v, depth)
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		out := newObject()
		for _, k := range keys {
			x, err := domain(v[k], depth+1)
			if err != nil {
				return nil, err
			}
			if x != nil {
				out.Set(k, x)
			}
		}
		return out, nil
	case object:
		return v, nil
	}
	if gnata.IsNull(v) {
		return v, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("expr: %T is not a JSON value: %w", v, err)
	}
	return Decode(raw)
}

func domainArray(in []any, depth int) (any, error) {
	var out []any
	for i, item := range in {
		x, err := domain(item, depth+1)
		if err != nil {
			return nil, err
		}
		if out == nil && !same(x, item) {
			out = append(make([]any, 0, len(in)), in[:i]...)
		}
		if out != nil {
			out = append(out, x)
		}
	}
	if out == nil {
		return in, nil
	}
	return out, nil
}

// same tells whether domain passed a value through, without comparing contents.
func same(a, b any) bool {
	switch b.(type) {
	case string, bool, float64, json.Number:
		return true
	case []any:
		x, ok := a.([]any)
		y := b.([]any)
		return ok && len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	case object:
		return true
	}
	return gnata.IsNull(b)
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

// ErrTooLarge: a value is larger or deeper than its limit.
var ErrTooLarge = fmt.Errorf("expr: value too large")

// Encode writes a value of the domain as JSON, at most limit bytes (ErrTooLarge
// beyond; 0 means 64 MiB). Functions and Undefined inside are errors.
func Encode(v any, limit int) (json.RawMessage, error) {
	if limit <= 0 {
		limit = 64 << 20
	}
	e := encoder{limit: limit}
	if err := e.value(v, 0); err != nil {
		return nil, err
	}
	return e.out, nil
}

type encoder struct {
	out   []byte
	limit int
}

func (e *encoder) value(v any, depth int) error {
	if len(e.out) > e.limit || depth > maxDepth {
		return ErrTooLarge
	}
	switch v := v.(type) {
	case nil:
		e.out = append(e.out, "null"...)
	case bool:
		e.out = strconv.AppendBool(e.out, v)
	case string:
		e.string(v)
	case float64:
		return e.number(v)
	case int:
		e.out = strconv.AppendInt(e.out, int64(v), 10)
	case json.Number:
		e.out = append(e.out, v...)
	case []any:
		e.out = append(e.out, '[')
		for i, x := range v {
			if i > 0 {
				e.out = append(e.out, ',')
			}
			if err := e.value(x, depth+1); err != nil {
				return err
			}
		}
		e.out = append(e.out, ']')
	case object:
		return e.object(v, depth)
	case map[string]any:
		x, err := domain(v, depth)
		if err != nil {
			return err
		}
		return e.value(x, depth)
	default:
		if !gnata.IsNull(v) {
			return fmt.Errorf("expr: a %s is not JSON", kindOf(v))
		}
		e.out = append(e.out, "null"...)
	}
	if len(e.out) > e.limit {
		return ErrTooLarge
	}
	return nil
}

func (e *encoder) object(o object, depth int) error {
	e.out = append(e.out, '{')
	first := true
	var err error
	o.Range(func(k string, x any) bool {
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		e.string(k)
		e.out = append(e.out, ':')
		err = e.value(x, depth+1)
		return err == nil
	})
	e.out = append(e.out, '}')
	return err
}

func (e *encoder) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("expr: %v is not a JSON number", f)
	}
	if f == 0 {
		f = 0 // JSON has no use for the sign of zero
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e21 {
		e.out = strconv.AppendFloat(e.out, f+0, 'f', -1, 64)
		return nil
	}
	raw, err := json.Marshal(f)
	e.out = append(e.out, raw...)
	return err
}

const hexDigits = "0123456789abcdef"

func (e *encoder) string(s string) {
	e.out = append(e.out, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			e.out = utf8.AppendRune(e.out, r)
			i += n
			continue
		}
		i++
		switch at := strings.IndexByte("\"\\\b\f\n\r\t", c); {
		case at >= 0:
			e.out = append(e.out, '\\', `"\bfnrt`[at])
		case c < 0x20:
			e.out = append(e.out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			e.out = append(e.out, c)
		}
	}
	e.out = append(e.out, '"')
}

func kindOf(v any) string {
	if v == Undefined {
		return "undefined value"
	}
	if t := reflect.TypeOf(v); t != nil && (t.Kind() == reflect.Func || t.Kind() == reflect.Pointer) {
		return "function"
	}
	return fmt.Sprintf("%T", v)
}
