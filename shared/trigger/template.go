package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/workflow"
)

// variable is what templates and filters read.
const variable = "event"

// maxTemplate bounds a template, maxInput what it makes: the largest input of a run.
const (
	maxTemplate = 64 << 10
	maxInput    = workflow.MaxInputBytes
)

// seen is $event.
type seen struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Time    time.Time         `json:"time"`
	Data    json.RawMessage   `json:"data"`
	Headers map[string]string `json:"headers,omitempty"`
}

// checkExpression says what is wrong with an expression of a trigger.
func checkExpression(at, text string) []apierr.Problem {
	source, _ := expr.Unwrap(text)
	p, err := expr.Compile(source, nil)
	if err != nil {
		return []apierr.Problem{{Path: at, Code: "expression", Message: err.Error()}}
	}
	for _, name := range p.Variables() {
		if name != variable {
			return []apierr.Problem{{Path: at, Code: "expression", Message: "Only $event is known here, not $" + name + "."}}
		}
	}
	if len(p.ContextUses()) > 0 {
		return []apierr.Problem{{Path: at, Code: "expression", Message: "Names begin with $event here: a bare name has nothing to stand for."}}
	}
	return nil
}

// checkTemplate says what is wrong with an input template.
func checkTemplate(raw json.RawMessage) []apierr.Problem {
	if len(raw) > maxTemplate {
		return []apierr.Problem{{Path: "/input", Code: "too_large", Message: fmt.Sprintf("At most %d KiB.", maxTemplate>>10)}}
	}
	var problems []apierr.Problem
	workflow.Strings(raw, "/input", func(at, text string) {
		if expr.IsExpression(text) {
			problems = append(problems, checkExpression(at, text)...)
		}
	})
	return problems
}

// refusedBy is VALIDATION_FAILED for what an expression made of an event.
func refusedBy(at, message string) error {
	return apierr.New(apierr.ValidationFailed, at+": "+message).With(apierr.Problem{Path: at, Code: "expression", Message: message})
}

// templateTime bounds all expressions of one trigger together.
const templateTime = 10 * time.Second

// scope is what a trigger's expressions are evaluated over.
type scope struct{ event any }

func newScope(e seen) (scope, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return scope{}, err
	}
	event, err := expr.Decode(raw)
	return scope{event: event}, err
}

// mapped gives the input of a run of an event, and whether the trigger's filter
// holds for it. What an expression cannot do is VALIDATION_FAILED.
func (t Trigger) mapped(ctx context.Context, e seen) (input json.RawMessage, wanted bool, err error) {
	bounded, cancel := context.WithTimeout(ctx, templateTime)
	defer cancel()
	input, wanted, err = t.evaluated(bounded, e)
	if ctx.Err() != nil {
		return nil, false, ctx.Err() // it is the caller whose time is over
	}
	return input, wanted, err
}

func (t Trigger) evaluated(ctx context.Context, e seen) (input json.RawMessage, wanted bool, err error) {
	sc, err := newScope(e)
	if err != nil {
		return nil, false, err
	}
	if t.Filter != "" {
		holds, err := sc.evaluate(ctx, "/filter", t.Filter)
		if err != nil || string(holds) != "true" {
			return nil, false, err
		}
	}
	switch {
	case len(t.Input) > 0:
		input, err = sc.fill(ctx, t.Input, "/input")
		if err == nil && len(input) > maxInput {
			err = refusedBy("/input", fmt.Sprintf("the input would have more than %d KiB.", maxInput>>10))
		}
		return input, true, err
	case t.Type == TypeSchedule || len(e.Data) == 0:
		return json.RawMessage("{}"), true, nil
	}
	return e.Data, true, nil
}

// fill evaluates each expression of a template.
func (sc scope) fill(ctx context.Context, raw json.RawMessage, at string) (json.RawMessage, error) {
	switch raw = bytes.TrimSpace(raw); raw[0] {
	case '{':
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return nil, err
		}
		for name, v := range members {
			filled, err := sc.fill(ctx, v, at+"/"+name)
			if err != nil {
				return nil, err
			}
			members[name] = filled
		}
		return json.Marshal(members)
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, err
		}
		for i, v := range items {
			filled, err := sc.fill(ctx, v, fmt.Sprintf("%s/%d", at, i))
			if err != nil {
				return nil, err
			}
			items[i] = filled
		}
		return json.Marshal(items)
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
		if expr.IsExpression(text) {
			return sc.evaluate(ctx, at, text)
		}
	}
	return raw, nil
}

// evaluate gives an expression's value as JSON. What came in is data: nothing of
// it is evaluated.
func (sc scope) evaluate(ctx context.Context, at, text string) (json.RawMessage, error) {
	source, _ := expr.Unwrap(text)
	p, err := expr.Compile(source, nil)
	if err != nil {
		return nil, refusedBy(at, err.Error())
	}
	v, err := p.Eval(ctx, expr.Undefined, map[string]any{variable: sc.event})
	switch {
	case errors.Is(err, expr.ErrBudget), errors.Is(err, context.DeadlineExceeded):
		return nil, refusedBy(at, "the expression took too much.")
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, refusedBy(at, err.Error())
	case v == expr.Undefined:
		return nil, refusedBy(at, "the expression gave nothing.")
	}
	out, err := expr.Encode(v, maxInput)
	if err != nil {
		return nil, refusedBy(at, err.Error())
	}
	return out, nil
}
