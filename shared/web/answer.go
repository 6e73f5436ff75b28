package web

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is an answer that is kept before it is sent.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// send writes it to a client; one that has gone is no fault here.
func (a *answer) send(w http.ResponseWriter) {
	for name, values := range a.Header() {
		w.Header()[name] = values
	}
	a.WriteHeader(http.StatusOK)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// kept is the stored form of an answer; its status is kept beside it.
type kept struct {
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

func (a *answer) encode() ([]byte, error) {
	a.WriteHeader(http.StatusOK)
	return json.Marshal(kept{Header: a.Header(), Body: a.body.Bytes()})
}

func decodeAnswer(raw []byte) (*answer, error) {
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, err
	}
	a := &answer{header: k.Header}
	a.body.Write(k.Body)
	return a, nil
}
