package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
)

// maxAnswer is the largest body that is gathered, and maxPayload the largest answer
// of a function, in bytes: what a body's escapes, or base64, make of it counts
// (Lambda quotas).
const (
	maxAnswer  = 5 << 20
	maxPayload = 6_291_556
)

// errCut: the handler ended its answer before it was whole.
var errCut = errors.New("lambda: the answer was cut")

// writer gathers an answer.
type writer struct {
	header http.Header
	sent   http.Header // as it was when the status went out
	status int
	body   bytes.Buffer
	large  bool
}

func newWriter() *writer { return &writer{header: http.Header{}} }

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status != 0 || status < http.StatusOK {
		return // informational answers cannot be sent from here
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.large = w.large || w.body.Len()+len(b) > maxAnswer; w.large {
		return 0, errTooLarge
	}
	return w.body.Write(b)
}

var errTooLarge = errors.New("lambda: the answer is larger than a function may give")

// serve runs the handler; its panics fail the invocation, as they would close a
// connection.
func (w *writer) serve(handler http.Handler, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); {
		case w.large:
			err = nil
			w.refuseLarge()
		case v == nil:
		case v == http.ErrAbortHandler: //nolint:errorlint // the sentinel is panicked, not wrapped
			err = errCut
		default:
			err = fmt.Errorf("lambda: panic: %v", v)
		}
	}()
	handler.ServeHTTP(w, r)
	return nil
}

// refuseLarge puts a refusal in the answer's place.
func (w *writer) refuseLarge() {
	*w = *newWriter()
	w.refuse(apierr.PayloadTooLarge, "The answer is larger than 5 MB. Ask for a part of it: a shorter time, a smaller page.")
}

// refuse writes a problem (RFC 9457) of the contract's form, for what no route saw.
func (w *writer) refuse(code apierr.Code, detail string) {
	w.header.Set("Content-Type", "application/problem+json")
	w.header.Set("Cache-Control", "no-store")
	w.header.Set("X-Content-Type-Options", "nosniff")
	requestID := id.New(id.Request)
	w.header.Set("X-Request-Id", requestID)
	raw, _ := json.Marshal(map[string]any{"requestId": requestID, "success": false, "type": "/docs/api#" + string(code), "title": code.Title(), "status": code.Status(), "code": code, "detail": detail})
	w.WriteHeader(code.Status())
	_, _ = w.Write(raw)
}

// encode gives what was gathered as a function's answer to a method. A body that
// what the encoding adds makes too large is refused like one that is so by itself.
func (w *writer) encode(method string) (json.RawMessage, error) {
	if method == http.MethodHead { // a server of net/http leaves it out too
		w.body.Reset()
	}
	raw, err := marshal(w.response())
	if err == nil && len(raw) > maxPayload {
		w.refuseLarge()
		raw, err = marshal(w.response())
	}
	return raw, err
}

// marshal is json.Marshal without the escapes that only pages need: they make six
// bytes of each <, > and &.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// response is what was gathered, in the gateway's form. Text goes as it is, all
// else in base64.
func (w *writer) response() response {
	w.WriteHeader(http.StatusOK)
	out := response{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)), Cookies: w.sent.Values("Set-Cookie")}
	for name, values := range w.sent {
		if name != "Set-Cookie" {
			out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	if body := w.body.Bytes(); utf8.Valid(body) {
		out.Body = string(body)
	} else {
		out.Body, out.IsBase64 = base64.StdEncoding.EncodeToString(body), true
	}
	return out
}
