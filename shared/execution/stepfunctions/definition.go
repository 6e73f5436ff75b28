package stepfunctions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/apierr"
)

const (
	resourceInvoke = "arn:aws:states:::lambda:invoke"
	resourceToken  = resourceInvoke + ".waitForTaskToken"
	// taskToken is how definitions hand a task's token to a function.
	taskToken = "{% $states.context.Task.Token %}" // #nosec G101 -- an expression
)

// place puts ARNs where a definition names functions, and the workspace before
// each task's token: tokens of Step Functions name no tenant, ours do.
//
// It knows the places by the language's structure (the Arguments of a Task), so
// that the same text in a user's value stays what it is. A definition that calls
// anything but the engine's functions is WORKFLOW_INVALID.
func (e *Engine) place(workspace string, definition json.RawMessage) ([]byte, error) {
	p := placer{functions: e.opts.Functions, workspace: workspace}
	out, err := p.flow(jsontext.Value(definition))
	if err == nil && len(out) > maxDefinition {
		err = fmt.Errorf("it takes %d bytes of the %d that Step Functions accepts", len(out), maxDefinition)
	}
	if err != nil {
		return nil, apierr.Wrap(apierr.WorkflowInvalid, "The workflow cannot run: "+err.Error()+".", err)
	}
	return out, nil
}

type placer struct {
	functions map[string]string
	workspace string
}

// flow is a machine, a branch or an item processor.
func (p placer) flow(raw jsontext.Value) (jsontext.Value, error) {
	return each(raw, func(name string, v jsontext.Value) (jsontext.Value, error) {
		if name != "States" {
			return v, nil
		}
		return each(v, func(state string, v jsontext.Value) (jsontext.Value, error) {
			out, err := p.state(v)
			if err != nil {
				return nil, fmt.Errorf("state %q: %w", state, err)
			}
			return out, nil
		})
	})
}

func (p placer) state(raw jsontext.Value) (jsontext.Value, error) {
	var s struct{ Type, Resource string }
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, errors.New("it is not a state")
	}
	if s.Type == "Task" && s.Resource != resourceInvoke && s.Resource != resourceToken {
		return nil, fmt.Errorf("it calls %q", s.Resource)
	}
	return each(raw, func(name string, v jsontext.Value) (jsontext.Value, error) {
		switch {
		case name == "Arguments" && s.Type == "Task":
			return each(v, p.argument)
		case name == "ItemProcessor" || name == "Iterator":
			return p.flow(v)
		case name == "Branches":
			return items(v, p.flow)
		}
		return v, nil
	})
}

func (p placer) argument(name string, v jsontext.Value) (jsontext.Value, error) {
	switch name {
	case "FunctionName":
		var placeholder string
		if err := json.Unmarshal(v, &placeholder); err != nil {
			return nil, errors.New("FunctionName is no text")
		}
		logical, ok := strings.CutPrefix(placeholder, "${")
		arn := p.functions[strings.TrimSuffix(logical, "}")]
		if !ok || !strings.HasSuffix(logical, "}") || arn == "" {
			return nil, fmt.Errorf("there is no function %q", placeholder)
		}
		return quote(arn)
	case "Payload":
		if v.Kind() != '{' {
			return v, nil
		}
		return each(v, func(name string, v jsontext.Value) (jsontext.Value, error) {
			var text string
			if name != "token" || json.Unmarshal(v, &text) != nil || text != taskToken {
				return v, nil
			}
			return quote(`{% "` + p.workspace + tokenMark + `" & $states.context.Task.Token %}`)
		})
	}
	return v, nil
}

func quote(s string) (jsontext.Value, error) {
	out, err := jsontext.AppendQuote(nil, s)
	return jsontext.Value(out), err
}

// each rewrites the members of an object, in their order.
func each(raw jsontext.Value, change func(name string, v jsontext.Value) (jsontext.Value, error)) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '{' {
		return nil, errors.New("an object is missing")
	}
	var out bytes.Buffer
	_, err := dec.ReadToken()
	for sep := byte('{'); err == nil && dec.PeekKind() == '"'; sep = ',' {
		var name jsontext.Token
		if name, err = dec.ReadToken(); err != nil {
			break
		}
		key := name.String() // before the decoder reads on
		var v jsontext.Value
		if v, err = dec.ReadValue(); err != nil {
			break
		}
		if v, err = change(key, v.Clone()); err != nil {
			return nil, err
		}
		var quoted jsontext.Value
		if quoted, err = quote(key); err != nil {
			break
		}
		out.WriteByte(sep)
		out.Write(quoted)
		out.WriteByte(':')
		out.Write(v)
	}
	if err := finish(dec, err); err != nil {
		return nil, err
	}
	if out.Len() == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// items rewrites the items of an array.
func items(raw jsontext.Value, change func(jsontext.Value) (jsontext.Value, error)) (jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if dec.PeekKind() != '[' {
		return nil, errors.New("an array is missing")
	}
	var out bytes.Buffer
	_, err := dec.ReadToken()
	for sep := byte('['); err == nil && dec.PeekKind() != ']' && dec.PeekKind() != 0; sep = ',' {
		var v jsontext.Value
		if v, err = dec.ReadValue(); err != nil {
			break
		}
		if v, err = change(v.Clone()); err != nil {
			return nil, err
		}
		out.WriteByte(sep)
		out.Write(v)
	}
	if err := finish(dec, err); err != nil {
		return nil, err
	}
	if out.Len() == 0 {
		out.WriteByte('[')
	}
	out.WriteByte(']')
	return out.Bytes(), nil
}

// finish reads the closing token and what must be the end.
func finish(dec *jsontext.Decoder, err error) error {
	if err == nil {
		_, err = dec.ReadToken()
	}
	if err == nil {
		if _, err = dec.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("something follows its end")
		}
	}
	return fmt.Errorf("the definition is not JSON: %w", err)
}
