package events

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Fault is how a server fails a request. The zero value does not.
type Fault struct {
	// Status and Code make an answer, such as 429 and ThrottlingException.
	Status int
	Code   string
	// Lost does what was asked, and cuts the connection before the answer.
	Lost bool
	// Entry is the error code that PutEvents gives the entries, taking the request.
	Entry string
}

// serve serves h on loopback until the test ends.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// refusal is an answer of a service that is an error.
type refusal struct {
	status        int
	code, message string
}

func invalid(message string) *refusal {
	return &refusal{http.StatusBadRequest, "ValidationException", message}
}

// maxRequest is the largest request that is read.
const maxRequest = 4 << 20

func answer(w http.ResponseWriter, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}
