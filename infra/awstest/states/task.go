package states

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/execution"
)

// invoke is what lambda:invoke does with a function's answer: an error has the name
// that the function gave it, and the whole answer as its cause.
func (s *Server) invoke(ctx context.Context, function string, task execution.Task) (json.RawMessage, error) {
	if !strings.HasPrefix(function, "arn:aws:lambda:") {
		return nil, &execution.TaskError{Name: "Lambda.ResourceNotFoundException", Cause: "Function not found: " + function}
	}
	result, fault := s.opts.Invoke(ctx, function, task.Payload)
	if fault == nil {
		return result, nil
	}
	name, cause := fault.Type, fault.Message
	switch {
	case name == "": // it died without an answer
		name = "Lambda.Unknown"
	case !strings.HasPrefix(name, "Lambda."):
		whole, err := json.Marshal(map[string]string{"errorMessage": fault.Message, "errorType": fault.Type})
		if err != nil {
			return nil, err
		}
		cause = string(whole)
	}
	return nil, &execution.TaskError{Name: name, Cause: cause}
}

// answer is what lambda:invoke gives a state.
func (s *Server) answer(payload json.RawMessage) json.RawMessage {
	if payload == nil {
		payload = json.RawMessage("null")
	}
	out, err := json.Marshal(map[string]any{
		"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200,
		"SdkHttpMetadata": map[string]any{
			"AllHttpHeaders": map[string][]string{"X-Amz-Executed-Version": {"$LATEST"}, "Content-Type": {"application/json"}},
			"HttpHeaders":    map[string]string{"X-Amz-Executed-Version": "$LATEST", "Content-Type": "application/json"},
			"HttpStatusCode": 200,
		},
		"SdkResponseMetadata": map[string]string{"RequestId": uuid.NewString()},
	})
	if err != nil {
		return payload // what is no JSON fails the state, as it should
	}
	return out
}

type sendSuccess struct {
	Token  string `json:"taskToken"`
	Output string `json:"output"`
}

func (s *Server) sendSuccess(ctx context.Context, in sendSuccess) (any, *Error) {
	if len(in.Output) > maxInput {
		return nil, refuse("ValidationException", "Value at 'output' failed to satisfy constraint: Member must have length less than or equal to 262144")
	}
	if !json.Valid([]byte(in.Output)) {
		return nil, refuse("InvalidOutput", "Invalid Output: ''")
	}
	return s.answerTask(in.Token, func(p *performance) error {
		return s.engine.TaskSucceeded(p.context(ctx), in.Token, json.RawMessage(in.Output))
	})
}

type sendFailure struct {
	Token string `json:"taskToken"`
	Error string `json:"error"`
	Cause string `json:"cause"`
}

func (s *Server) sendFailure(ctx context.Context, in sendFailure) (any, *Error) {
	if len(in.Error) > 256 || len(in.Cause) > 32_768 {
		return nil, refuse("ValidationException", "Value at 'error' or 'cause' failed to satisfy constraint")
	}
	return s.answerTask(in.Token, func(p *performance) error {
		return s.engine.TaskFailed(p.context(ctx), in.Token, in.Error, in.Cause)
	})
}

type sendHeartbeat struct {
	Token string `json:"taskToken"`
}

func (s *Server) sendHeartbeat(ctx context.Context, in sendHeartbeat) (any, *Error) {
	return s.answerTask(in.Token, func(p *performance) error {
		return s.engine.TaskHeartbeat(p.context(ctx), in.Token)
	})
}

// answerTask finds the execution of a token: the interpreter's begin with its name.
func (s *Server) answerTask(token string, answer func(*performance) error) (any, *Error) {
	if token == "" || len(token) > 2048 {
		return nil, refuse("ValidationException", "Value at 'taskToken' failed to satisfy constraint: Member must have length between 1 and 2048")
	}
	encoded, _, ok := strings.Cut(token, ".")
	name, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(name) == 0 {
		return nil, refuse("InvalidToken", "Invalid Token: 'Invalid token'")
	}
	s.mu.Lock()
	candidates := slices.Clone(s.byName[string(name)])
	s.mu.Unlock()
	if len(candidates) == 0 {
		return nil, refuse("TaskDoesNotExist", "Task does not exist")
	}
	for _, p := range candidates {
		switch err := answer(p); {
		case err == nil:
			return map[string]any{}, nil
		case !errors.Is(err, execution.ErrTokenGone):
			return nil, internal(err)
		}
	}
	return nil, refuse("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
}
