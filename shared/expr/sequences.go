package expr

import (
	"encoding/json"
	"math"
	"strings"
)

// What the reference makes of sequences, where the engine differs.

// item is what a step of a path gives for one item: the path lays the items of an
// array beside those of others, and only the whole is charged.
func item(b *budget, c call) (any, error) {
	if items, ok := c.arg(0).([]any); ok {
		if b.grown += 16 * len(items); b.grown > grownBetween {
			b.sample()
		}
	}
	return c.arg(0), b.spent
}

// fields is *: the values of an object's fields, or an array's items, with the
// arrays among them laid flat.
func fields(_ *budget, c call) (any, error) {
	out, arrays := []any{}, false
	add := func(x any) {
		if _, ok := x.([]any); ok {
			arrays = true
		}
		out = flat(x, out)
	}
	switch v := c.arg(0).(type) {
	case []any:
		for _, x := range v {
			add(x)
		}
	case object:
		v.Range(func(_ string, x any) bool {
			add(x)
			return true
		})
	}
	if arrays {
		return out, nil // the reference makes an array of it, which stays one
	}
	return unwrapped(out), nil
}

// within is **: a value and all that is in it, without the arrays.
func within(b *budget, c call) (any, error) {
	var out []any
	var add func(v any)
	add = func(v any) {
		if len(out)*16 > b.opts.MaxSize {
			return
		}
		items, isArray := v.([]any)
		if !isArray && v != nil {
			out = append(out, v)
		}
		for _, x := range items {
			add(x)
		}
		if o, ok := v.(object); ok {
			o.Range(func(_ string, x any) bool {
				if x == nil {
					x = Null
				}
				add(x)
				return true
			})
		}
	}
	if err := b.charge(c.arg(0)); err != nil {
		return nil, err
	}
	add(c.arg(0))
	return unwrapped(out), nil
}

// missing is 1 for what is missing and 0 for what is there.
func missing(_ *budget, c call) (any, error) {
	if c.arg(0) == nil {
		return 1.0, nil
	}
	return 0.0, nil
}

// grouped is a group of nothing, which is an object without fields.
func grouped(_ *budget, c call) (any, error) {
	if c.arg(0) == nil {
		return newObject(), nil
	}
	return c.arg(0), nil
}

func flat(v any, to []any) []any {
	items, ok := v.([]any)
	if !ok {
		if v == nil {
			v = Null
		}
		return append(to, v)
	}
	for _, x := range items {
		to = flat(x, to)
	}
	return to
}

// unwrapped is a sequence as a value: nothing, its one item, or an array.
func unwrapped(items []any) any {
	switch len(items) {
	case 0:
		return nil
	case 1:
		return items[0]
	}
	return items
}

// sequenced makes a result that the reference has as a sequence one.
func sequenced(f function) function {
	return func(b *budget, c call) (any, error) {
		v, err := f(b, c)
		if items, ok := v.([]any); ok && err == nil {
			return unwrapped(items), nil
		}
		return v, err
	}
}

// reduce begins with the first item where what to begin with is missing.
func reduce(f function) function {
	return func(b *budget, c call) (any, error) {
		if len(c.args) == 3 && c.args[2] == nil {
			c.args = c.args[:2]
		}
		return f(b, c)
	}
}

// rounded makes the first argument whole in the reference's way.
func rounded(round func(float64) float64, f function) function {
	return func(b *budget, c call) (any, error) {
		if n, ok := asNumber(c.arg(0)); ok {
			c.args = append([]any{round(n)}, c.args[1:]...)
		}
		return f(b, c)
	}
}

// compared is how many items the engine may compare each with each.
const compared = 1000

// distinct knows the items of long arrays by their JSON.
func distinct(f function) function {
	return func(b *budget, c call) (any, error) {
		items, ok := c.arg(0).([]any)
		if !ok || len(items) <= compared {
			return f(b, c)
		}
		out, seen := []any{}, map[string]bool{}
		for _, x := range items {
			if b.late() {
				return nil, b.spent
			}
			key, err := json.Marshal(Plain(x)) // fields in order of their names
			if err != nil {
				return nil, &Error{Code: "D1001", Message: "Number out of range", Pos: -1}
			}
			if !seen[string(key)] {
				seen[string(key)] = true
				out = append(out, x)
			}
		}
		return out, nil
	}
}

// roman refuses Roman numerals of millions of letters, an M for each thousand.
func roman(f function) function {
	return func(b *budget, c call) (any, error) {
		n, _ := asNumber(c.arg(0))
		picture, _ := c.arg(1).(string)
		if math.Abs(n)/1000 > float64(b.opts.MaxSize) && strings.ContainsAny(picture, "Ii") {
			return nil, b.tooLarge()
		}
		return f(b, c)
	}
}

// sorted leaves alone what has no two items to compare.
func sorted(f function) function {
	return func(b *budget, c call) (any, error) {
		v := c.arg(0)
		switch items, ok := v.([]any); {
		case len(c.args) == 0 || v == nil:
		case !ok:
			return []any{v}, nil
		case len(items) < 2:
			return v, nil
		}
		return f(b, c)
	}
}

// spread lays arrays within arrays flat, and makes nothing of nothing.
func spread(f function) function {
	return func(b *budget, c call) (any, error) {
		items, ok := c.arg(0).([]any)
		if !ok {
			return f(b, c)
		}
		items = flat(items, nil)
		if len(items) == 0 {
			return nil, nil
		}
		return f(b, call{args: []any{items}, focus: c.focus, env: c.env})
	}
}

// contains takes text only.
func contains(f function) function {
	return func(b *budget, c call) (any, error) {
		if _, ok := c.arg(0).(string); !ok && len(c.args) > 1 && c.arg(0) != nil {
			return nil, signature("contains", 1)
		}
		return f(b, c)
	}
}
