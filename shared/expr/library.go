package expr

import (
	"context"
	"reflect"
	"sync"

	"github.com/recolabs/gnata"
)

// gnata keeps the types of its environment and functions internal. They are
// reached through values: the environment's type is inferred, functions are
// converted by reflection, once, when the library is made.

// environment is what of the engine's environment is used here.
type environment interface {
	Bind(name string, value any)
	Lookup(name string) (any, bool)
	Range(fn func(name string, value any))
	Context() context.Context
}

// call is one call of a built-in: args hold nil for undefined and Null for null.
type call struct {
	args  []any
	focus any
	env   any // the engine's, for functions that call functions back
}

func (c call) arg(i int) any {
	if i < len(c.args) {
		return c.args[i]
	}
	return nil
}

// function is a built-in with the budget of its evaluation.
type function func(b *budget, c call) (any, error)

// library is the environment of built-in functions, made at first use and only
// read after.
var library = lazily(gnata.NewCustomEnv)

func lazily[E environment](empty func(map[string]gnata.CustomFunc) E) func() E {
	return sync.OnceValue(func() E {
		env := empty(nil)
		furnish(env)
		return env
	})
}

// furnish gives gnata's functions a budget, replaces those whose values differ
// from the reference, adds Step Functions', and takes away $eval and what JSONata
// 2.0.6 does not have.
func furnish[E environment](env E) {
	anyAware, _ := env.Lookup("map")
	kind := reflect.TypeOf(anyAware)
	fns := map[string]function{}
	env.Range(func(name string, v any) {
		if f := asFunction[E](v); f != nil {
			fns[name] = f
		}
	})
	override(fns)
	for name, f := range fns {
		env.Bind(name, asBuiltin[E](kind, worded(name, f)))
	}
	for _, name := range []string{"eval", "flatten", "values"} {
		env.Bind(name, nil)
	}
}

func asFunction[E environment](v any) function {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Func {
		return nil // functions with a signature only change the case of strings
	}
	switch rv.Type().NumIn() {
	case 2:
		f, ok := rv.Convert(reflect.TypeFor[func([]any, any) (any, error)]()).Interface().(func([]any, any) (any, error))
		if !ok {
			return nil
		}
		return func(_ *budget, c call) (any, error) { return f(c.args, c.focus) }
	case 3:
		f, ok := rv.Convert(reflect.TypeFor[func([]any, any, E) (any, error)]()).Interface().(func([]any, any, E) (any, error))
		if !ok {
			return nil
		}
		return func(_ *budget, c call) (any, error) {
			env, _ := c.env.(E)
			return f(c.args, c.focus, env)
		}
	}
	return nil
}

// asBuiltin makes a function one of the engine's and charges what it builds.
func asBuiltin[E environment](kind reflect.Type, f function) any {
	return reflect.ValueOf(func(args []any, focus any, env E) (any, error) {
		b, _ := env.Context().Value(budgetKey{}).(*budget)
		if b == nil {
			return nil, budgetError("it has no budget")
		}
		if b.spent != nil {
			return nil, b.spent
		}
		v, err := f(b, call{args: args, focus: focus, env: env})
		if err != nil {
			return nil, err
		}
		return v, b.charge(v)
	}).Convert(kind).Interface()
}

// isBuiltin says whether $name is a function of the library.
func isBuiltin(name string) bool {
	v, ok := library().Lookup(name)
	return ok && v != nil
}

// IsBuiltin says whether $name is taken by a built-in function or by $states, so
// that no step or variable should bear the name.
func IsBuiltin(name string) bool { return name == "states" || isBuiltin(name) }
