package expr

import (
	"context"
	"fmt"
)

// Eval evaluates against an input (the context item, Undefined for none) and
// variables, named without $. It returns Undefined where nothing matched. Errors
// are *Error; an exhausted budget is ErrBudget; a cancelled context its own error.
func (p *Program) Eval(ctx context.Context, input any, vars map[string]any) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			result, err = nil, &Error{Code: "D0000", Message: fmt.Sprint(r), Pos: -1}
		}
	}()
	in, err := domain(input, 0)
	if err != nil {
		return nil, err
	}
	if in == nil && p.joins {
		in = Null // which nothing in the expression reads
	}
	env, given := library().Clone(), []any{in}
	for name, v := range vars {
		x, err := domain(v, 0)
		if err != nil {
			return nil, fmt.Errorf("variable $%s: %w", name, err)
		}
		env.Bind(name, x)
		given = append(given, x)
	}
	b := newBudget(ctx, &p.opts, p.wary)
	b.given, b.largest = given, 16*len(p.src)
	out, err := p.guarded.EvalWithCustomFuncs(b, in, env)
	switch {
	case b.spent != nil:
		return nil, b.spent
	case err != nil:
		return nil, fromEngine(err)
	}
	if err := b.charge(out); err != nil {
		return nil, err
	}
	if out == nil {
		return Undefined, nil
	}
	return out, nil
}
