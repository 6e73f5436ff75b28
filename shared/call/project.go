package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/expr"
)

const (
	// maxValue is the largest value that a step may leave: with the payload's other
	// parts it has to fit into Step Functions' 256 KiB.
	maxValue = 200 << 10
	// inlineValue is the largest that stays in the journal entry.
	inlineValue = 64 << 10
	// maxTemplate bounds the nesting of an output template.
	maxTemplate = 64
)

// projector evaluates the bare expressions of a task, each compiled once.
type projector struct {
	programs *lru.Cache[string, *expr.Program]
}

func newProjector() *projector {
	cache, err := lru.New[string, *expr.Program](1_000)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &projector{programs: cache}
}

// scope is what expressions see: the task's values and $response.
type scope map[string]any

// newScope decodes the task's values and the answer once for all expressions.
func newScope(vars map[string]json.RawMessage, status int, headers map[string]string, body json.RawMessage) (scope, *Failure) {
	s := scope{}
	for name, raw := range vars {
		v, err := expr.Decode(raw)
		if err != nil {
			return nil, &Failure{ErrExpression, "The value of $" + cutText(name, 100) + " cannot be read."}
		}
		s[name] = v
	}
	plain := make(map[string]any, len(headers))
	for k, v := range headers {
		plain[k] = v
	}
	decoded, err := expr.Decode(body)
	if err != nil {
		return nil, &Failure{ErrExpression, "The API's answer is nested too deeply to be read."}
	}
	s["response"] = map[string]any{"status": status, "headers": plain, "body": decoded}
	return s, nil
}

// eval evaluates one bare expression; one still in {% %} is taken out of it.
func (p *projector) eval(ctx context.Context, source string, s scope) (any, *Failure) {
	if inner, ok := expr.Unwrap(strings.TrimSpace(source)); ok {
		source = inner
	}
	program, ok := p.programs.Get(source)
	if !ok {
		var err error
		if program, err = expr.Compile(source, nil); err != nil {
			return nil, expressionFailure(source, err)
		}
		p.programs.Add(source, program)
	}
	v, err := program.Eval(ctx, nil, s)
	if err != nil {
		return nil, expressionFailure(source, err)
	}
	return v, nil
}

// expressionFailure names JSONata's code, and leaves out its text, which may
// quote what the peer sent.
func expressionFailure(source string, err error) *Failure {
	code := "D0000"
	var e *expr.Error
	if errors.As(err, &e) {
		code = e.Code
	}
	return &Failure{ErrExpression, fmt.Sprintf("The expression %q failed (%s).", cutText(source, 200), code)}
}

// truth evaluates an expression that decides.
func (p *projector) truth(ctx context.Context, source string, s scope) (bool, *Failure) {
	v, f := p.eval(ctx, source, s)
	if f != nil {
		return false, f
	}
	b, ok := v.(bool)
	if !ok {
		return false, &Failure{ErrExpression, fmt.Sprintf("The expression %q must give true or false.", cutText(source, 200))}
	}
	return b, nil
}

// output makes the step's value: of an expression, of a template whose strings
// may be {% expressions %}, or body where there is no output.
func (p *projector) output(ctx context.Context, output json.RawMessage, body json.RawMessage, s scope) (json.RawMessage, *Failure) {
	value := body
	if len(output) > 0 && string(output) != "null" {
		var template any
		if err := json.Unmarshal(output, &template); err != nil {
			return nil, &Failure{ErrExpression, "The step's output is not JSON."}
		}
		source, isString := template.(string)
		var v any
		var f *Failure
		if isString {
			v, f = p.eval(ctx, source, s)
		} else {
			v, f = p.fill(ctx, output, s, 0)
		}
		if f != nil {
			return nil, f
		}
		if expr.IsUndefined(v) {
			v = nil
		}
		encoded, err := expr.Encode(v, maxValue)
		if errors.Is(err, expr.ErrTooLarge) {
			return nil, tooLarge()
		}
		if err != nil {
			return nil, &Failure{ErrExpression, "The step's output is not a JSON value."}
		}
		value = encoded
	}
	if len(value) > maxValue {
		return nil, tooLarge()
	}
	return value, nil
}

// fill replaces a template's expressions. The template is read by expr.Decode's
// rules, so that the order of its fields stays.
func (p *projector) fill(ctx context.Context, raw json.RawMessage, s scope, depth int) (any, *Failure) {
	template, err := expr.Decode(raw)
	if err != nil {
		return nil, &Failure{ErrExpression, "The step's output is nested too deeply."}
	}
	return p.fillValue(ctx, template, s, depth)
}

func (p *projector) fillValue(ctx context.Context, v any, s scope, depth int) (any, *Failure) {
	if depth > maxTemplate {
		return nil, &Failure{ErrExpression, "The step's output is nested too deeply."}
	}
	if text, ok := v.(string); ok {
		source, ok := expr.Unwrap(text)
		if !ok {
			return v, nil
		}
		got, f := p.eval(ctx, source, s)
		if f == nil && expr.IsUndefined(got) {
			return expr.Null, nil
		}
		return got, f
	}
	if list, ok := v.([]any); ok {
		out := make([]any, len(list))
		for i, item := range list {
			var f *Failure
			if out[i], f = p.fillValue(ctx, item, s, depth+1); f != nil {
				return nil, f
			}
		}
		return out, nil
	}
	keys, ok := expr.Fields(v)
	if !ok {
		return v, nil
	}
	pairs := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		item, _ := expr.Field(v, k)
		got, f := p.fillValue(ctx, item, s, depth+1)
		if f != nil {
			return nil, f
		}
		pairs = append(pairs, k, got)
	}
	return expr.Object(pairs...), nil
}

func tooLarge() *Failure {
	return &Failure{ErrOutputTooLarge, fmt.Sprintf(
		"The step's value is larger than %d KiB. Name the fields that later steps need in its output; the whole answer is in the journal.", maxValue>>10)}
}
