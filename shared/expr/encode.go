package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/recolabs/gnata"
)

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
