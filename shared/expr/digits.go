package expr

import (
	"encoding/json"
	"math"
	"strconv"
)

// digits makes text of arrays and objects with 15 digits a number, as the reference
// does: 0.1 + 0.2 is 0.3 within them too.
func digits(toString function) function {
	return func(b *budget, c call) (any, error) {
		if _, alone := asNumber(c.arg(0)); !alone && anyLong(c.arg(0)) {
			c.args = append([]any{shortened(c.args[0])}, c.args[1:]...)
		}
		return toString(b, c)
	}
}

// shortened is a copy of v with its long numbers cut to 15 digits.
func shortened(v any) any {
	switch v := v.(type) {
	case float64, json.Number:
		if f, ok := asNumber(v); ok && long(f) {
			return cut(f)
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = shortened(v[i])
		}
		return out
	case object:
		out := newObject()
		v.Range(func(k string, x any) bool {
			out.Set(k, shortened(x))
			return true
		})
		return out
	}
	return v
}

func anyLong(v any) bool {
	switch v := v.(type) {
	case float64, json.Number:
		f, ok := asNumber(v)
		return ok && long(f)
	case []any:
		for _, x := range v {
			if anyLong(x) {
				return true
			}
		}
	case object:
		found := false
		v.Range(func(_ string, x any) bool {
			found = anyLong(x)
			return !found
		})
		return found
	}
	return false
}

// long says whether a number has more than 15 digits. Whole numbers keep theirs, as
// they do by themselves: they are what APIs have for ids.
func long(f float64) bool {
	if f == math.Trunc(f) || math.IsInf(f, 0) || math.IsNaN(f) {
		return false
	}
	return cut(f) != f
}

func cut(f float64) float64 {
	f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	return f
}
