package expr

import (
	"encoding/json"
	"fmt"
	"sort"

	"github.com/recolabs/gnata"
)

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
