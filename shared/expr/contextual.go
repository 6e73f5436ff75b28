package expr

// inContext puts the context item before the arguments where the first is left out,
// as a hyphen in the function's signature says: s-nn?. The engine does not.
func inContext(name string, params []parameter, f function) function {
	return func(b *budget, c call) (any, error) {
		if !leftOut(params, c.args) {
			return f(b, c)
		}
		if c.focus == nil {
			return nil, nil
		}
		if !params[0].takes(c.focus) {
			return nil, &Error{Code: "T0411", Message: `Context value is not a compatible type with argument 1 of function "` + name + `"`, Pos: -1}
		}
		c.args = append([]any{c.focus}, c.args...)
		return f(b, c)
	}
}

// leftOut says whether arguments are those after the first that are needed.
func leftOut(params []parameter, args []any) bool {
	at := 0
	for _, p := range params[1:] {
		switch {
		case p.times != "":
		case at == len(args) || args[at] != nil && !p.takes(args[at]):
			return false
		default:
			at++
		}
	}
	return at == len(args)
}
