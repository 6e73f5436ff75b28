package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/expr"
)

const (
	// maxValue is the largest value that a step may leave: with the payload's other
	// parts it has to fit into Step Functions' 256 KiB.
	maxValue = 200 << 10
	// inlineValue is the largest that stays in the journal entry.
	inlineValue = 64 << 10
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

// eval evaluates one bare expression.
func (p *projector) eval(ctx context.Context, source string, s scope) (any, *Failure) {
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

// output makes the step's value: what the bare expression gives, or body where
// there is none.
func (p *projector) output(ctx context.Context, output json.RawMessage, body json.RawMessage, s scope) (json.RawMessage, *Failure) {
	value := body
	if len(output) > 0 && string(output) != "null" {
		// A string only: in an object, what the engine put in for the workflow's
		// data could pass for an expression and be evaluated a second time.
		var source string
		if err := json.Unmarshal(output, &source); err != nil {
			return nil, &Failure{ErrExpression, "The step's output is not an expression."}
		}
		v, f := p.eval(ctx, source, s)
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

func tooLarge() *Failure {
	return &Failure{ErrOutputTooLarge, fmt.Sprintf(
		"The step's value is larger than %d KiB. Name the fields that later steps need in its output; the whole answer is in the journal.", maxValue>>10)}
}
