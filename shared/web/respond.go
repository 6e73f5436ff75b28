package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// envelope is the contract's form of success.
type envelope struct {
	Success bool  `json:"success"`
	Data    any   `json:"data"`
	Meta    *meta `json:"meta,omitempty"`
}

type meta struct {
	NextCursor *string `json:"nextCursor"`
}

// Problem is the contract's form of an error (RFC 9457).
type Problem struct {
	Success   bool             `json:"success"`
	Type      string           `json:"type"`
	Title     string           `json:"title"`
	Status    int              `json:"status"`
	Code      apierr.Code      `json:"code"`
	Detail    string           `json:"detail"`
	RequestID string           `json:"requestId"`
	Errors    []apierr.Problem `json:"errors,omitempty"`
}

func writeReply[T any](w http.ResponseWriter, status int, reply *Reply[T]) error {
	if reply.Status != 0 {
		status = reply.Status
	}
	body := envelope{Success: true, Data: reply.Data}
	if reply.Paged {
		body.Meta = &meta{}
		if reply.Next != "" {
			body.Meta.NextCursor = &reply.Next
		}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for _, c := range reply.Cookies {
		http.SetCookie(w, c)
	}
	if reply.Version > 0 {
		w.Header().Set("ETag", `"`+strconv.FormatInt(reply.Version, 10)+`"`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n')) // a client that left is no failure: the work is done
	return nil
}

// WriteData answers with data in the envelope: for raw endpoints whose status
// depends on what they found.
func WriteData[T any](w http.ResponseWriter, status int, data T) error {
	return writeReply(w, status, &Reply[T]{Data: data})
}

// WriteError answers with a problem. It is for the middleware and the fallbacks
// of a mux; handlers return their error instead.
func WriteError(w http.ResponseWriter, requestID string, err error) {
	e := apierr.From(err)
	raw, _ := json.Marshal(Problem{
		Type: "/docs/api#" + string(e.Code), Title: e.Code.Title(), Status: e.Code.Status(),
		Code: e.Code, Detail: cmp.Or(e.Detail, e.Code.Title()), RequestID: requestID, Errors: e.Problems,
	})
	WriteFault(w, e, "application/problem+json", raw)
}

// WriteFault answers with an error in any form, with the headers that go with it.
func WriteFault(w http.ResponseWriter, e *apierr.Error, media string, raw []byte) {
	h := w.Header()
	// What a handler had set for an answer of its own is not the error's.
	for _, name := range []string{"Content-Disposition", "Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Location", "Set-Cookie"} {
		h.Del(name)
	}
	if wait := retryAfter(e); wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
	}
	if e.Code.Status() == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="apiq"`) // RFC 9110, 11.6.1
	}
	h.Set("Content-Type", media)
	w.WriteHeader(e.Code.Status())
	_, _ = w.Write(append(raw, '\n'))
}

// retryAfter is what the error says; RATE_LIMITED never goes without.
func retryAfter(e *apierr.Error) time.Duration {
	if e.RetryAfter <= 0 && e.Code == apierr.RateLimited {
		return time.Second
	}
	return e.RetryAfter
}
