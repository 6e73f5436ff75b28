package asl

import (
	"encoding/json"
	"strings"

	"github.com/apiq/apiq/shared/expr"
)

// Invocation reads which function a task calls, and with what.
func (w Work) Invocation() (function string, payload json.RawMessage, failed *Failure) {
	if w.Family != "Task" {
		payload, failed = encoded(w.Arguments)
		return w.Resource[strings.LastIndexByte(w.Resource, ':')+1:], payload, failed
	}
	if !strings.Contains(w.Resource, ":::lambda:invoke") {
		return "", nil, &Failure{errRuntime, "the local engine cannot call " + w.Resource}
	}
	name, _ := expr.Field(w.Arguments, "FunctionName")
	function, _ = name.(string)
	if inner, ok := strings.CutPrefix(function, "${"); ok {
		function = strings.TrimSuffix(inner, "}")
	}
	body, ok := expr.Field(w.Arguments, "Payload")
	if !ok {
		return function, json.RawMessage("{}"), nil
	}
	payload, failed = encoded(body)
	return function, payload, failed
}

func encoded(v any) (json.RawMessage, *Failure) {
	raw, err := expr.Encode(v, 0)
	if err != nil {
		return nil, &Failure{errTaskFailed, err.Error()}
	}
	return raw, nil
}

// Invoked is what lambda:invoke answers for a function's result, as far as states
// can rely on it; nil is no result.
func Invoked(payload json.RawMessage) json.RawMessage {
	if payload == nil {
		return json.RawMessage(`{"ExecutedVersion":"$LATEST","StatusCode":200}`)
	}
	return json.RawMessage(`{"ExecutedVersion":"$LATEST","Payload":` + string(payload) + `,"StatusCode":200}`)
}
