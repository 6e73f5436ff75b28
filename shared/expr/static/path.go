package static

import (
	"slices"

	"github.com/apiq/apiq/shared/expr/internal/syntax"
)

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
	if left.list() {
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

// list says that v is an array, a sequence, or null, which is taken for one item.
func (v Value) list() bool {
	if v.Sequence {
		return true
	}
	arrays := slices.DeleteFunc(slices.Clone(v.Types), func(t string) bool { return t == "null" })
	return slices.Equal(arrays, []string{"array"})
}

// item is one of what v holds, or v itself where it is no array.
func item(v Value) Value {
	if v.Missing != "" {
		return v
	}
	if !v.May("array") {
		return v
	}
	if v.Parts == nil || !v.list() {
		return Value{}
	}
	if one := v.Parts.Item(); v.Sequence || len(v.Types) == 1 {
		return one
	} else if one.Known() {
		return union(one, Of("null"))
	}
	return Value{}
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
	array := v.list()
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
