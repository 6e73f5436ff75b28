// Package call holds the handlers that make real calls by hand: the test of a
// connection, and the try of an operation.
package call

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/web"
)

// Caller makes the real calls of test and try.
type Caller interface {
	Test(ctx context.Context, connectionID string) (*call.TestResult, error)
	Try(ctx context.Context, connectionID, operationID string, in call.TryInput) (*call.TryResult, error)
}

// Endpoints binds the routes of this area.
func Endpoints(cons *connection.Service, caller Caller) []web.Endpoint {
	h := handlers{cons: cons, caller: caller}
	return []web.Endpoint{
		web.Bind("apis-test", http.StatusOK, h.test),
		web.Bind("apis-try", http.StatusOK, h.try),
	}
}

type handlers struct {
	cons   *connection.Service
	caller Caller
}

// TestIn names the connection.
type TestIn struct {
	ID string `path:"id"`
}

// TryIn is the input of one real call.
type TryIn struct {
	ID          string `path:"id"`
	OperationID string `path:"operationId"`
	Body        struct {
		Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
		Body       json.RawMessage            `json:"body,omitempty"`
	}
}

func (h handlers) test(ctx context.Context, in *TestIn) (*web.Reply[*call.TestResult], error) {
	got, err := h.caller.Test(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.keepStatus(ctx, in.ID, got); err != nil {
		return nil, err
	}
	return web.OK(got)
}

// keepStatus notes on the connection what a test found. A 403 says nothing of the
// credential: the probed operation alone may be forbidden.
func (h handlers) keepStatus(ctx context.Context, id string, got *call.TestResult) error {
	switch {
	case got.OK:
		return h.cons.MarkStatus(ctx, id, connection.StatusActive, "")
	case got.Status == http.StatusUnauthorized:
		return h.cons.MarkStatus(ctx, id, connection.StatusCredentialsInvalid, got.Detail)
	case got.Code == apierr.UpstreamError || got.Code == apierr.UpstreamTimeout:
		return h.cons.MarkStatus(ctx, id, connection.StatusUnreachable, got.Detail)
	}
	return nil
}

func (h handlers) try(ctx context.Context, in *TryIn) (*web.Reply[*call.TryResult], error) {
	got, err := h.caller.Try(ctx, in.ID, in.OperationID, call.TryInput{Parameters: in.Body.Parameters, Body: in.Body.Body})
	if err != nil {
		return nil, err
	}
	return web.OK(got)
}
