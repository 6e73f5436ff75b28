package static

import (
	"cmp"
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
		if missing := i.undefined(n, e, ctx); missing != "" {
			return Value{Missing: missing}
		}
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
	if len(v.Const) > 0 && v.Const[0] >= '0' && v.Const[0] <= '9' {
		return Exactly(append(json.RawMessage("-"), v.Const...))
	}
	if v.Missing != "" {
		return v
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
		return i.lossy("string", n, e, ctx)
	case "=", "!=", "<", "<=", ">", ">=", "and", "or", "in":
		return i.lossy("boolean", n, e, ctx)
	case "+", "-", "*", "%":
		a, b := i.infer(n.Kids[0], e, ctx), i.infer(n.Kids[1], e, ctx)
		if missing := cmp.Or(a.Missing, b.Missing); missing != "" {
			return Value{Missing: missing}
		}
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

// lossy is a value that there is even where an operand is not.
func (i inferrer) lossy(t string, n *syntax.Node, e *env, ctx Value) Value {
	a, b := i.infer(n.Kids[0], e, ctx), i.infer(n.Kids[1], e, ctx)
	v := Of(t)
	v.Lost = cmp.Or(a.Missing, a.Lost, b.Missing, b.Lost)
	return v
}
