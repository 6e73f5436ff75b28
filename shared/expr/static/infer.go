package static

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

// env is what the expression has bound itself.
type env struct {
	outer *env
	names map[string]Value
}

func (e *env) get(name string) (Value, bool) {
	for ; e != nil; e = e.outer {
		if v, ok := e.names[name]; ok {
			return v, true
		}
	}
	return Value{}, false
}

type inferrer struct {
	lookup func(string) (Value, bool)
}

// infer tells the value of n, ctx being the context item.
func (i inferrer) infer(n *syntax.Node, e *env, ctx Value) Value {
	switch n.Kind {
	case syntax.String:
		return Exactly(quoted(n.Value))
	case syntax.Number, syntax.Literal:
		return Exactly(json.RawMessage(n.Value))
	case syntax.Negate:
		return i.negate(n, e, ctx)
	case syntax.Variable:
		return i.variable(n, e, ctx)
	case syntax.Name:
		return field(ctx, n.Value)
	case syntax.Path:
		return i.path(n, e, ctx)
	case syntax.Predicate:
		return pick(i.infer(n.Kids[0], e, ctx), n.Kids[1])
	case syntax.KeepArray:
		return ArrayOf(item(i.infer(n.Kids[0], e, ctx)))
	case syntax.Sort:
		return sequence(item(i.infer(n.Kids[0], e, ctx)))
	case syntax.Array:
		return i.array(n, e, ctx)
	case syntax.Object:
		return i.object(n, e, ctx)
	case syntax.Block:
		return i.block(n, e, ctx)
	case syntax.Bind:
		v := i.infer(n.Kids[1], e, ctx)
		e.names[n.Kids[0].Value] = v
		return v
	case syntax.Condition:
		then := i.infer(n.Kids[1], e, ctx)
		if len(n.Kids) < 3 {
			then.Const = nil
			return then
		}
		return Union(then, i.infer(n.Kids[2], e, ctx))
	case syntax.Call:
		return i.call(n, e, ctx)
	case syntax.Binary:
		return i.binary(n, e, ctx)
	}
	return Value{}
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return nil // a string always encodes
	}
	return b
}

func (i inferrer) negate(n *syntax.Node, e *env, ctx Value) Value {
	v := i.infer(n.Kids[0], e, ctx)
	if v.Const != nil && len(v.Const) > 0 && v.Const[0] >= '0' && v.Const[0] <= '9' {
		return Exactly(append(json.RawMessage("-"), v.Const...))
	}
	if slices.Equal(v.Types, []string{"integer"}) {
		return Of("integer")
	}
	return Of("number")
}

func (i inferrer) variable(n *syntax.Node, e *env, ctx Value) Value {
	switch n.Value {
	case "":
		return ctx
	case "$":
		return Value{}
	}
	if v, ok := e.get(n.Value); ok {
		return v
	}
	v, ok := i.lookup(n.Value)
	if !ok {
		return Value{}
	}
	return v
}

func (i inferrer) block(n *syntax.Node, e *env, ctx Value) Value {
	inner := &env{outer: e, names: map[string]Value{}}
	var last Value
	for _, kid := range n.Kids {
		last = i.infer(kid, inner, ctx)
	}
	return last
}

// path maps the right side over what the left side gives. With [] after any of its
// steps JSONata keeps the array of the whole path.
func (i inferrer) path(n *syntax.Node, e *env, ctx Value) Value {
	v := i.mapped(n, e, ctx)
	if v.Missing != "" || !keeps(n) {
		return v
	}
	return ArrayOf(item(v))
}

// keeps says whether a step of the path carries [].
func keeps(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KeepArray:
		return true
	case syntax.Path:
		return keeps(n.Kids[0]) || keeps(n.Kids[1])
	case syntax.Predicate:
		return keeps(n.Kids[0])
	}
	return false
}

func (i inferrer) mapped(n *syntax.Node, e *env, ctx Value) Value {
	left := i.infer(n.Kids[0], e, ctx)
	if left.Missing != "" {
		return left
	}
	right := n.Kids[1]
	if slices.Equal(left.Types, []string{"array"}) || left.Sequence {
		v := i.step(right, e, item(left))
		if v.Missing != "" {
			return Value{Missing: text(n)}
		}
		if slices.Contains(v.Types, "array") {
			v = item(v) // results of results are one sequence
		}
		return sequence(v)
	}
	if slices.Contains(left.Types, "array") {
		return Value{} // one or many: nothing certain follows
	}
	v := i.step(right, e, left)
	if v.Missing != "" {
		return Value{Missing: text(n)}
	}
	return v
}

// text writes a static path as its source would, and … for the rest.
func text(n *syntax.Node) string {
	switch n.Kind {
	case syntax.Variable:
		return "$" + n.Value
	case syntax.Name, syntax.String:
		return n.Value
	case syntax.Path:
		return text(n.Kids[0]) + "." + text(n.Kids[1])
	case syntax.Predicate:
		if n.Kids[1].Kind == syntax.Number {
			return text(n.Kids[0]) + "[" + n.Kids[1].Value + "]"
		}
		return text(n.Kids[0]) + "[…]"
	case syntax.KeepArray:
		return text(n.Kids[0]) + "[]"
	}
	return "…"
}

// step is what stands right of a dot, seen from one item.
func (i inferrer) step(n *syntax.Node, e *env, ctx Value) Value {
	switch n.Kind {
	case syntax.String:
		return field(ctx, n.Value)
	case syntax.Predicate:
		return pick(i.step(n.Kids[0], e, ctx), n.Kids[1])
	case syntax.KeepArray:
		return ArrayOf(item(i.step(n.Kids[0], e, ctx)))
	}
	return i.infer(n, e, ctx)
}

func field(ctx Value, name string) Value {
	if ctx.Missing != "" {
		return ctx
	}
	if ctx.Parts == nil {
		return Value{}
	}
	if ctx.Known() && !ctx.May("object") && !ctx.May("array") {
		return Value{Missing: name}
	}
	if !ctx.May("object") {
		return sequence(field(item(ctx), name))
	}
	v, ok := ctx.Parts.Field(name)
	if !ok {
		return Value{Missing: name}
	}
	if v.Known() && slices.Contains(ctx.Types, "null") {
		v.Const = nil
	}
	return v
}

// item is one of what v holds, or v itself where it is no array.
func item(v Value) Value {
	if v.Missing != "" {
		return v
	}
	if !v.May("array") {
		return v
	}
	if v.Parts == nil || !slices.Equal(v.Types, []string{"array"}) && !v.Sequence {
		return Value{}
	}
	return v.Parts.Item()
}

// sequence is what mapping or filtering gives: nothing, one or an array.
func sequence(of Value) Value {
	if of.Missing != "" {
		return of
	}
	v := Value{Sequence: true, Parts: List(of)}
	if of.Known() {
		v.Types = append(slices.Clone(of.Types), "array")
	}
	return v
}

// pick is v[predicate].
func pick(v Value, predicate *syntax.Node) Value {
	if v.Missing != "" {
		return v
	}
	array := slices.Equal(v.Types, []string{"array"}) || v.Sequence
	index := predicate.Kind == syntax.Number || predicate.Kind == syntax.Negate
	switch {
	case array && index:
		one := item(v)
		one.Const = nil
		return one
	case array:
		return sequence(item(v))
	case v.May("array"):
		return Value{}
	}
	v.Const = nil
	return v
}

func (i inferrer) array(n *syntax.Node, e *env, ctx Value) Value {
	items := make([]Value, 0, len(n.Kids))
	constant := json.RawMessage("[")
	for k, kid := range n.Kids {
		if kid.Kind == syntax.Binary && kid.Value == ".." {
			items, constant = append(items, Of("integer")), nil
			continue
		}
		v := i.infer(kid, e, ctx)
		if kid.Kind != syntax.Array && v.May("array") {
			v = item(v) // its items are taken, not the array
		}
		if v.Const == nil {
			constant = nil
		}
		if constant != nil {
			if k > 0 {
				constant = append(constant, ',')
			}
			constant = append(constant, v.Const...)
		}
		items = append(items, v)
	}
	out := Value{Types: []string{"array"}, Parts: List(items...)}
	if constant != nil {
		out.Const = append(constant, ']')
	}
	return out
}

func (i inferrer) object(n *syntax.Node, e *env, ctx Value) Value {
	members := map[string]Value{}
	for k := 0; k+1 < len(n.Kids); k += 2 {
		if n.Kids[k].Kind != syntax.String {
			return Of("object")
		}
		v := i.infer(n.Kids[k+1], e, ctx)
		members[n.Kids[k].Value] = v
	}
	return Value{Types: []string{"object"}, Parts: Object(members)}
}

func (i inferrer) binary(n *syntax.Node, e *env, ctx Value) Value {
	switch n.Value {
	case "&":
		return Of("string")
	case "=", "!=", "<", "<=", ">", ">=", "and", "or", "in":
		return Of("boolean")
	case "+", "-", "*", "%":
		a, b := i.infer(n.Kids[0], e, ctx), i.infer(n.Kids[1], e, ctx)
		if slices.Equal(a.Types, []string{"integer"}) && slices.Equal(b.Types, []string{"integer"}) {
			return Of("integer")
		}
		return Of("number")
	case "/":
		return Of("number")
	case "..":
		return ArrayOf(Of("integer"))
	case "~>":
		i.infer(n.Kids[0], e, ctx)
		return i.call(n.Kids[1], e, ctx)
	}
	return Value{}
}

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
