package expr

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Names of the functions that guard puts in. No expression may use them.
const (
	reserved  = "__apiq"
	fnConcat  = reserved + "_concat"
	fnRange   = reserved + "_range"
	fnItem    = reserved + "_item"
	fnCheck   = reserved + "_check"
	fnFields  = reserved + "_fields"
	fnWithin  = reserved + "_within"
	fnSorted  = reserved + "_sorted"
	fnGroup   = reserved + "_group"
	fnMissing = reserved + "_missing"
)

// maxMatched is the longest string that matches are counted in: the engine counts
// characters from the start again for each match, which grows with the square.
const maxMatched = 128 << 10

// maxItems bounds what a range makes at once; the reference's bound is 10 million.
const maxItems = 250_000

// override replaces and adds functions in fns.
func override(fns map[string]function) {
	fns["string"] = digits(fns["string"])
	fns[fnConcat] = concat(fns["string"])
	fns[fnRange] = sequence
	fns[fnCheck] = argument
	fns[fnItem] = item
	fns[fnFields] = fields
	fns[fnWithin] = within
	fns[fnGroup] = grouped
	fns[fnSorted] = sequenced(argument)

	fns["string"] = checked(fns["string"])
	fns["pad"] = pad(fns["pad"])
	fns["replace"] = replace(fns["replace"])
	fns["join"] = join(fns["join"])
	fns["number"] = number(fns["number"])
	fns["split"] = split(fns["split"])
	fns["now"] = now(fns["fromMillis"])
	fns["millis"] = func(b *budget, _ call) (any, error) { return float64(b.now.UnixMilli()), nil }
	fns["match"] = match(fns["match"])
	fns["filter"] = sequenced(fns["filter"])
	fns["distinct"] = distinct(fns["distinct"])
	fns["reduce"] = reduce(fns["reduce"])
	fns["formatInteger"] = roman(rounded(math.Floor, fns["formatInteger"]))
	fns["formatBase"] = rounded(func(f float64) float64 { return math.Floor(f + 0.5) }, fns["formatBase"])
	fns["spread"] = spread(fns["spread"])
	fns["sort"] = sorted(fns["sort"])
	fns["contains"] = contains(fns["contains"])
	fns["base64encode"] = base64encode
	fns["base64decode"] = base64decode
	for name, signature := range signatures {
		if p := parameters(signature); len(p) > 0 && p[0].context && fns[name] != nil {
			fns[name] = inContext(name, p, fns[name])
		}
	}
	stepFunctions(fns)
	for name, f := range fns {
		fns[name] = timely(f)
	}
	// These take no longer than the engine's operators: their steps are counted, which is enough.
	operatorFunctions(fns)
	fns[fnMissing] = missing
}

// timely looks at the clock first: one call can take long, and many that do are
// between two looks at it that go by steps.
func timely(f function) function {
	return func(b *budget, c call) (any, error) {
		if b.late() {
			return nil, b.spent
		}
		return f(b, c)
	}
}

func argument(_ *budget, c call) (any, error) { return c.arg(0), nil }

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// concat is a & b & …: undefined counts as nothing.
func concat(toString function) function {
	return func(b *budget, c call) (any, error) {
		parts := make([]string, 0, len(c.args))
		size := 0
		for _, v := range c.args {
			s, ok := v.(string)
			if !ok && v != nil {
				if err := b.charge(v); err != nil {
					return nil, err
				}
				text, err := toString(b, call{args: []any{v}})
				if err != nil {
					return nil, err
				}
				s, _ = text.(string)
			}
			if size += len(s); size > b.opts.MaxSize {
				return nil, b.tooLarge()
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ""), nil
	}
}

func (b *budget) tooLarge() error {
	if b.spent == nil {
		b.spent = budgetError("a value on the way is too large")
	}
	return b.spent
}

// sequence is a..b.
func sequence(_ *budget, c call) (any, error) {
	bound := func(v any, code string) (float64, error) {
		f, ok := asNumber(v)
		if v != nil && (!ok || f != math.Trunc(f)) {
			return 0, fault(code, "")
		}
		return f, nil
	}
	from, err := bound(c.arg(0), "T2003")
	if err != nil {
		return nil, err
	}
	to, err := bound(c.arg(1), "T2004")
	if err != nil || c.arg(0) == nil || c.arg(1) == nil || from > to {
		return nil, err
	}
	if to-from >= maxItems {
		return nil, &Error{Code: "D2014", Message: "The size of the sequence allocated by the range operator (..) must not exceed 250000", Pos: -1}
	}
	out := make([]any, 0, int(to-from)+1)
	for f := from; f <= to; f++ {
		out = append(out, f)
	}
	return out, nil
}

// checked charges arguments first: writing a value out can cost far more than
// holding it, where parts are shared.
func checked(f function) function {
	return func(b *budget, c call) (any, error) {
		for _, v := range c.args {
			if err := b.charge(v); err != nil {
				return nil, err
			}
		}
		return f(b, c)
	}
}

func pad(f function) function {
	return func(b *budget, c call) (any, error) {
		if n, ok := asNumber(c.arg(1)); ok && math.Abs(n)*4 > float64(b.opts.MaxSize) {
			return nil, b.tooLarge()
		}
		return f(b, c)
	}
}

// replace refuses what could grow past all bounds before it does.
func replace(f function) function {
	return func(b *budget, c call) (any, error) {
		s, _ := c.arg(0).(string)
		with, isText := c.arg(2).(string)
		if (len(s)+1)*len(with) > 8*b.opts.MaxSize || !isText && len(s) > maxMatched {
			return nil, b.tooLarge()
		}
		return f(b, c)
	}
}

func join(f function) function {
	return func(b *budget, c call) (any, error) {
		items, _ := c.arg(0).([]any)
		sep, _ := c.arg(1).(string)
		if len(items)*len(sep) > 8*b.opts.MaxSize {
			return nil, b.tooLarge()
		}
		return f(b, c)
	}
}

// number refuses blanks around digits, which gnata lets pass.
func number(f function) function {
	return func(b *budget, c call) (any, error) {
		if s, ok := c.arg(0).(string); ok && (s == "" || strings.TrimSpace(s) != s) {
			raw, _ := Encode(s, 0)
			return nil, fault("D3030", string(raw))
		}
		return f(b, c)
	}
}

// split cuts at each character when the separator is empty; gnata cuts bytes.
func split(f function) function {
	return func(b *budget, c call) (any, error) {
		s, isText := c.arg(0).(string)
		sep, isEmpty := c.arg(1).(string)
		if !isText || !isEmpty || sep != "" {
			return f(b, c)
		}
		limit := math.MaxInt
		if c.arg(2) != nil {
			n, ok := asNumber(c.arg(2))
			if !ok || n < 0 {
				return f(b, c)
			}
			limit = int(n)
		}
		out := make([]any, 0, min(len(s), limit))
		for _, r := range s {
			if len(out) == limit {
				break
			}
			out = append(out, string(r))
		}
		return out, nil
	}
}

// now stands still for the length of one evaluation, as the reference's does.
func now(fromMillis function) function {
	return func(b *budget, c call) (any, error) {
		args := append([]any{float64(b.now.UnixMilli())}, c.args...)
		return fromMillis(b, call{args: args, focus: c.focus, env: c.env})
	}
}

// match gives each match the reference's fields: match, index, groups.
func match(f function) function {
	return func(b *budget, c call) (any, error) {
		if s, _ := c.arg(0).(string); len(s) > maxMatched {
			return nil, b.tooLarge()
		}
		v, err := f(b, c)
		items, ok := sequenceItems(v)
		if err != nil || !ok {
			return v, err
		}
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = item
			if m, ok := item.(map[string]any); ok && m["start"] != nil {
				out[i] = Object("match", m["match"], "index", m["start"], "groups", m["groups"])
			}
		}
		if len(out) == 1 {
			return out[0], nil
		}
		return out, nil
	}
}

// base64encode works on the low byte of each UTF-16 unit, as the reference does.
func base64encode(_ *budget, c call) (any, error) {
	s, ok, err := text(c, "base64encode")
	if !ok {
		return nil, err
	}
	units := utf16.Encode([]rune(s))
	raw := make([]byte, len(units))
	for i, u := range units {
		raw[i] = byte(u)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

func base64decode(_ *budget, c call) (any, error) {
	s, ok, err := text(c, "base64decode")
	if !ok {
		return nil, err
	}
	raw, bad := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if bad != nil {
		return nil, &Error{Code: "D3137", Message: "The string is not valid base64", Pos: -1}
	}
	out := make([]byte, 0, len(raw))
	for _, b := range raw {
		out = utf8.AppendRune(out, rune(b))
	}
	return string(out), nil
}

// text takes the one string argument, or the context item where there is none.
func text(c call, name string) (string, bool, error) {
	v := c.arg(0)
	if len(c.args) == 0 {
		v = c.focus
	}
	if v == nil {
		return "", false, nil
	}
	s, ok := v.(string)
	if !ok {
		return "", false, signature(name, 1)
	}
	return s, true, nil
}

func signature(name string, arg int) *Error {
	return &Error{Code: "T0410", Message: "Argument " + string(rune('0'+arg)) + " of function \"" + name + "\" does not match function signature", Pos: -1}
}
