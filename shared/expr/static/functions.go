package static

import "github.com/apiq/apiq/shared/expr/internal/syntax"

// call gives the type that a built-in function returns.
func (i inferrer) call(n *syntax.Node, e *env, ctx Value) Value {
	callee := n
	if n.Kind == syntax.Call {
		callee = n.Kids[0]
	}
	if callee.Kind != syntax.Variable {
		return Value{}
	}
	if _, own := e.get(callee.Value); own {
		return Value{}
	}
	switch callee.Value {
	case "string", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim", "pad", "join",
		"replace", "base64encode", "base64decode", "encodeUrl", "encodeUrlComponent", "decodeUrl", "decodeUrlComponent",
		"formatNumber", "formatBase", "formatInteger", "now", "fromMillis", "type", "uuid", "hash":
		return Of("string")
	case "number", "abs", "power", "sqrt", "sum", "average", "random", "max", "min":
		return Of("number")
	case "length", "count", "floor", "ceil", "millis", "toMillis", "parseInteger":
		return Of("integer")
	case "round":
		if len(n.Kids) == 2 {
			return Of("integer")
		}
		return Of("number")
	case "boolean", "not", "exists", "contains":
		return Of("boolean")
	case "split":
		return ArrayOf(Of("string"))
	case "partition", "range":
		return Of("array")
	case "merge":
		return Of("object")
	case "append", "reverse", "sort", "distinct", "shuffle", "keys", "filter", "map", "spread", "zip", "lookup", "single", "reduce", "each", "sift", "match", "parse":
		return i.collection(n, callee.Value, e, ctx)
	}
	return Value{}
}

// undefined is the path that leads nowhere in the first argument of a function that
// gives nothing for it; "" for none.
func (i inferrer) undefined(n *syntax.Node, e *env, ctx Value) string {
	callee := n.Kids[0]
	if callee.Kind != syntax.Variable || len(n.Kids) < 2 {
		return ""
	}
	if _, own := e.get(callee.Value); own {
		return ""
	}
	switch callee.Value {
	case "string", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim", "pad", "join", "replace", "split",
		"base64encode", "encodeUrlComponent", "formatNumber", "fromMillis", "toMillis", "length",
		"number", "abs", "floor", "ceil", "round", "sum", "average", "max", "min":
		return i.infer(n.Kids[1], e, ctx).Missing
	}
	return ""
}

// collection covers functions whose value follows from their first argument.
func (i inferrer) collection(n *syntax.Node, name string, e *env, ctx Value) Value {
	var first Value
	if n.Kind == syntax.Call && len(n.Kids) > 1 {
		first = i.infer(n.Kids[1], e, ctx)
	}
	switch name {
	case "reverse", "sort", "distinct", "shuffle":
		return Value{Types: []string{"array"}, Parts: List(item(first))}
	case "filter":
		return sequence(item(first))
	case "keys":
		return sequence(Of("string"))
	case "single":
		return item(first)
	case "lookup":
		if len(n.Kids) == 3 && n.Kids[2].Kind == syntax.String {
			return field(first, n.Kids[2].Value)
		}
	}
	return Value{}
}
