package expr

// taken says of a built-in function that its first argument is the context item
// where it is left out, as a hyphen in the reference's signatures does: <s-nn?:s>.
type taken struct {
	first func(any) bool
	// rest are the arguments that are needed besides.
	rest []func(any) bool
}

func takes(first func(any) bool, rest ...func(any) bool) taken {
	return taken{first, rest}
}

// contextual are the functions that the engine does not give the context to.
func contextual() map[string]taken {
	return map[string]taken{
		"abs": takes(isNumber), "floor": takes(isNumber), "ceil": takes(isNumber), "sqrt": takes(isNumber), "round": takes(isNumber),
		"power": takes(isNumber, isNumber), "formatBase": takes(isNumber), "formatNumber": takes(isNumber, isText),
		"formatInteger": takes(isNumber, isText), "fromMillis": takes(isNumber),
		"length": takes(isText), "trim": takes(isText), "substring": takes(isText, isNumber), "substringBefore": takes(isText, isText),
		"substringAfter": takes(isText, isText), "pad": takes(isText, isNumber), "contains": takes(isText, isPattern),
		"split": takes(isText, isPattern), "match": takes(isText, isPattern), "replace": takes(isText, isPattern, isAny),
		"parseInteger": takes(isText, isText), "toMillis": takes(isText), "encodeUrl": takes(isText),
		"encodeUrlComponent": takes(isText), "decodeUrl": takes(isText), "decodeUrlComponent": takes(isText),
		"boolean": takes(isAny), "not": takes(isAny), "keys": takes(isAny), "spread": takes(isAny), "lookup": takes(isAny, isText),
	}
}

func isAny(any) bool { return true }

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func isNumber(v any) bool {
	_, ok := asNumber(v)
	return ok
}

// isPattern is text, a regular expression or a function: what no JSON is.
func isPattern(v any) bool {
	switch v.(type) {
	case bool, []any, object:
		return false
	}
	return !isNumber(v) && !IsNull(v)
}

// inContext puts the context item before the arguments where the first is left out.
func inContext(name string, p taken, f function) function {
	return func(b *budget, c call) (any, error) {
		if !p.leftOut(c.args) {
			return f(b, c)
		}
		if c.focus == nil {
			return nil, nil
		}
		if !p.first(c.focus) {
			return nil, &Error{Code: "T0411", Message: `Context value is not a compatible type with argument 1 of function "` + name + `"`, Pos: -1}
		}
		c.args = append([]any{c.focus}, c.args...)
		return f(b, c)
	}
}

func (p taken) leftOut(args []any) bool {
	if len(args) != len(p.rest) {
		return false
	}
	for i, fits := range p.rest {
		if args[i] != nil && !fits(args[i]) {
			return false
		}
	}
	return true
}
