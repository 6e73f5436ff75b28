package states

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// Error is an answer of AWS's that refuses: its code, and a status of 400 unless
// another is given.
type Error struct {
	Code, Message string
	Status        int
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

const (
	target     = "AWSStepFunctions."
	maxRequest = 4 << 20
)

// ServeHTTP answers one call: AWS JSON 1.0, one path, the action in a header.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.serve(r)
	if err == nil {
		writeJSON(w, http.StatusOK, out)
		return
	}
	status := err.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	writeJSON(w, status, map[string]string{"__type": "com.amazonaws.swf.service.v2.model#" + err.Code, "message": err.Message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func (s *Server) serve(r *http.Request) (any, *Error) {
	action, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
	if r.Method != http.MethodPost || r.URL.Path != "/" || !ok {
		return nil, refuse("UnknownOperationException", "")
	}
	if err := sigv4.Check(r, "states"); err != nil {
		return nil, &Error{Code: "MissingAuthenticationTokenException", Message: "Missing Authentication Token", Status: http.StatusForbidden}
	}
	if r.Header.Get("Content-Type") != "application/x-amz-json-1.0" {
		return nil, refuse("SerializationException", "Content-Type must be application/x-amz-json-1.0")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		return nil, &Error{Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge}
	}
	if s.opts.Tamper != nil {
		if e := s.opts.Tamper(action, false); e != nil {
			return nil, e
		}
	}
	out, refused := s.act(r, action, body)
	if refused == nil && s.opts.Tamper != nil {
		refused = s.opts.Tamper(action, true)
	}
	return out, refused
}

func (s *Server) act(r *http.Request, action string, body []byte) (any, *Error) {
	switch action {
	case "CreateStateMachine":
		return handle(body, s.createStateMachine)
	case "DescribeStateMachine":
		return handle(body, s.describeStateMachine)
	case "StartExecution":
		return handle(body, func(in startExecution) (any, *Error) { return s.startExecution(r.Context(), in) })
	case "DescribeExecution":
		return handle(body, func(in oneExecution) (any, *Error) { return s.describeExecution(r.Context(), in) })
	case "GetExecutionHistory":
		return handle(body, func(in getHistory) (any, *Error) { return s.getHistory(r.Context(), in) })
	case "StopExecution":
		return handle(body, func(in stopExecution) (any, *Error) { return s.stopExecution(r.Context(), in) })
	case "RedriveExecution":
		return handle(body, func(in redriveExecution) (any, *Error) { return s.redriveExecution(r.Context(), in) })
	case "SendTaskSuccess":
		return handle(body, func(in sendSuccess) (any, *Error) { return s.sendSuccess(r.Context(), in) })
	case "SendTaskFailure":
		return handle(body, func(in sendFailure) (any, *Error) { return s.sendFailure(r.Context(), in) })
	case "SendTaskHeartbeat":
		return handle(body, func(in sendHeartbeat) (any, *Error) { return s.sendHeartbeat(r.Context(), in) })
	}
	return nil, refuse("UnknownOperationException", "")
}

// handle reads a request. A field that this server does not know is refused: it
// would otherwise promise what it does not play.
func handle[T any](body []byte, do func(T) (any, *Error)) (any, *Error) {
	var in T
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	return do(in)
}

// epoch is a time as the protocol writes it: seconds, to the millisecond.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
