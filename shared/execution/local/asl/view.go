package asl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/apiq/apiq/shared/expr"
)

// queryError is an expression that failed, worded as Step Functions does.
type queryError struct {
	location string // "Output/result"; "" where AWS names none
	cause    string
}

func (e *queryError) Error() string { return e.cause }

// view is what the expressions of a state see.
type view struct {
	r           *Run
	t           *thread
	result      any // nil until there is one
	errorOutput any // nil but in a catcher
	token       string
	item        any // $states.context.Map.Item, while iterations are made
}

// eval fills in a template. A nil template gives def.
func (v *view) eval(ctx context.Context, t *template, def any) (any, error) {
	if t == nil {
		return def, nil
	}
	if t.fixed {
		return t.constant, nil
	}
	if t.program != nil {
		return v.run(ctx, t)
	}
	if t.array {
		out := make([]any, len(t.kids))
		for i, kid := range t.kids {
			x, err := v.eval(ctx, kid, nil)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	}
	pairs := make([]any, 0, 2*len(t.kids))
	for i, kid := range t.kids {
		x, err := v.eval(ctx, kid, nil)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, t.keys[i], x)
	}
	return expr.Object(pairs...), nil
}

func (v *view) run(ctx context.Context, t *template) (any, error) {
	vars := map[string]any{}
	some, all := false, false
	for _, u := range t.program.Uses() {
		if u.Name == "states" {
			all = all || len(u.Path) == 0 || u.Path[0].Field == "context" || u.Path[0].Kind != expr.StepField
			some = true
		} else if x, ok := v.t.variable(u.Name); ok {
			vars[u.Name] = x
		}
	}
	if some {
		vars["states"] = v.states(all)
	}
	out, err := t.program.Eval(ctx, expr.Undefined, vars)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	prefix := fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' ", t.program.Source(), t.field)
	var bad *expr.Error
	switch {
	case errors.As(err, &bad):
		return nil, &queryError{t.field, prefix + "threw an error during evaluation. " + bad.Error()}
	case err != nil:
		return nil, &queryError{t.field, prefix + "threw an error during evaluation. " + err.Error()}
	case expr.IsUndefined(out):
		return nil, &queryError{t.field, prefix + "returned nothing (undefined)."}
	}
	if _, err := expr.Encode(out, 0); err != nil {
		return nil, &queryError{t.field, prefix + "returned an unexpected result type: a function is not JSON."}
	}
	return out, nil
}

// wrongType words a value of another type than its field takes.
func wrongType(t *template, want string, v any) *queryError {
	raw, _ := expr.Encode(v, 0)
	if t.program == nil {
		return &queryError{t.field, fmt.Sprintf("The value specified for the field '%s' has an unexpected type. Expected '%s', but was '%s' for value: %s", t.field, want, typeName(v), raw)}
	}
	return &queryError{t.field, fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		t.program.Source(), t.field, want, typeName(v), raw)}
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	}
	if expr.IsNull(v) {
		return "null"
	}
	if _, ok := expr.Fields(v); ok {
		return "object"
	}
	return "number"
}

// number evaluates a template that figure read; without one it is 0.
func (v *view) number(ctx context.Context, t *template) (float64, error) {
	if t == nil {
		return 0, nil
	}
	x, err := v.eval(ctx, t, nil)
	if err != nil {
		return 0, err
	}
	f, ok := expr.Plain(x).(float64)
	if !ok || t.bounds.whole && f != math.Trunc(f) {
		want := "number"
		if t.bounds.whole && ok {
			want = "integer"
		}
		return 0, wrongType(t, want, x)
	}
	if ok, must := t.bounds.takes(f); !ok {
		return 0, &queryError{t.field, fmt.Sprintf("The value of the field '%s' must be %s, but was %v", t.field, must, f)}
	}
	return f, nil
}

// text evaluates a template to a string; ok is false where there is none.
func (v *view) text(ctx context.Context, t *template) (s string, ok bool, err error) {
	if t == nil {
		return "", false, nil
	}
	x, err := v.eval(ctx, t, nil)
	if err != nil {
		return "", false, err
	}
	s, ok = x.(string)
	if !ok {
		return "", false, wrongType(t, "string", x)
	}
	return s, true, nil
}

// states is $states; the context object is made only for those who read it.
func (v *view) states(all bool) any {
	pairs := []any{"input", v.t.input}
	if all {
		pairs = append(pairs, "context", v.context())
	}
	if v.result != nil {
		pairs = append(pairs, "result", v.result)
	}
	if v.errorOutput != nil {
		pairs = append(pairs, "errorOutput", v.errorOutput)
	}
	return expr.Object(pairs...)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// context is the context object (Step Functions Developer Guide).
func (v *view) context() any {
	r, t := v.r, v.t
	execution := []any{"Id", r.exec.ID, "Input", r.input, "Name", r.exec.Name, "RoleArn", r.exec.RoleARN,
		"StartTime", stamp(r.startedAt), "RedriveCount", float64(r.redrives)}
	if r.redrives > 0 {
		execution = append(execution, "RedriveTime", stamp(r.redriven))
	}
	pairs := []any{"Execution", expr.Object(execution...)}
	if t.state != nil {
		pairs = append(pairs, "State", expr.Object("EnteredTime", stamp(t.enteredAt), "Name", t.state.name, "RetryCount", float64(t.attempts)))
	}
	pairs = append(pairs, "StateMachine", expr.Object("Id", r.exec.StateMachineID, "Name", r.exec.StateMachine))
	if v.token != "" {
		pairs = append(pairs, "Task", expr.Object("Token", v.token))
	}
	if v.item != nil {
		pairs = append(pairs, "Map", expr.Object("Item", v.item))
	} else if item := t.mapItem(); item != nil {
		pairs = append(pairs, "Map", expr.Object("Item", item))
	}
	return expr.Object(pairs...)
}

// mapItem is the item of the innermost iteration around a thread.
func (t *thread) mapItem() any {
	for ; t != nil; t = t.parent {
		if t.item != nil {
			return itemObject(t.index, t.item)
		}
	}
	return nil
}

func itemObject(index int, value any) any {
	return expr.Object("Index", float64(index), "Value", value)
}
