package kms

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/apiq/apiq/infra/awstest/sigv4"
)

// maxBody is far above any request of the operations here.
const maxBody = 64 << 10

const contentType = "application/x-amz-json-1.1"

// refusal is an error as KMS tells it.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refuse(code, message string) error {
	return &refusal{status: http.StatusBadRequest, code: code, message: message}
}

// ServeHTTP answers one operation, which X-Amz-Target names.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	operation, known := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	switch s.o.Fault(operation) {
	case Throttle:
		answer(w, nil, refuse("ThrottlingException", "Rate exceeded"))
		return
	case Internal:
		answer(w, nil, &refusal{http.StatusInternalServerError, "KMSInternalException", ""})
		return
	case Cut:
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	switch {
	case err != nil:
		err = refuse("SerializationException", "the body cannot be read")
	case sigv4.Check(r, "kms") != nil:
		err = refuse("MissingAuthenticationTokenException", "Missing Authentication Token")
	case r.Method != http.MethodPost || r.URL.Path != "/" || !known || r.Header.Get("Content-Type") != contentType:
		err = refuse("UnknownOperationException", "")
	}
	if err != nil {
		answer(w, nil, err)
		return
	}
	out, err := s.do(operation, body)
	answer(w, out, err)
}

func (s *Server) do(operation string, body []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch operation {
	case "GenerateDataKey":
		return with(body, s.generateDataKey)
	case "Decrypt":
		return with(body, s.decrypt)
	case "ReEncrypt":
		return with(body, s.reEncrypt)
	case "DescribeKey":
		return with(body, s.describeKey)
	}
	return nil, refuse("UnknownOperationException", "the stand-in does not know "+operation)
}

// with decodes a request. KMS ignores members that it does not know; here they
// are refused, so that nothing the stand-in leaves out passes for done.
func with[In, Out any](body []byte, do func(In) (Out, error)) (any, error) {
	var in In
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, refuse("SerializationException", err.Error())
	}
	return do(in)
}

func answer(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	var r *refusal
	switch {
	case errors.As(err, &r):
		status, out = r.status, map[string]string{"__type": r.code, "message": r.message}
	case err != nil:
		status, out = http.StatusInternalServerError, map[string]string{"__type": "KMSInternalException", "message": err.Error()}
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the client may have gone
}
