package call

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
)

// maxTryBody is the largest body that an answer of Try holds; of a larger one
// the beginning is given, as text.
const maxTryBody = 1 << 20

// TryInput is what a person binds to an operation to try it.
type TryInput struct {
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Body       json.RawMessage            `json:"body,omitempty"`
}

// TryResult is what the API answered, with the credential's values taken out.
type TryResult struct {
	Status int `json:"status"`
	// Headers have names in lower case; cookies and the like are masked.
	Headers map[string]string `json:"headers"`
	// Body is the answer's JSON, its text as a string, or {"$file": …} for anything else.
	Body      json.RawMessage `json:"body"`
	Cut       bool            `json:"cut,omitempty"`
	LatencyMs int64           `json:"latencyMs"`
	// Valid says whether the answer fits the document; null where that says nothing, or
	// what it says cannot be followed: then a problem "unchecked" says so.
	Valid *bool `json:"valid"`
	// Problems are the answer's, and before them those of what was sent, below
	// "/request".
	Problems []apierr.Problem `json:"problems"`
}

// Try makes one real call, whatever it does, and never repeats it, but where the API
// refused an obtained token, which another replaces. Any answer of
// the API is a result. Errors: VALIDATION_FAILED, NOT_FOUND, EGRESS_BLOCKED,
// UPSTREAM_ERROR, UPSTREAM_TIMEOUT, REAUTHORIZE, CREDENTIALS_INVALID.
func (s *Service) Try(ctx context.Context, connectionID, operation string, in TryInput) (*TryResult, error) {
	t, err := s.open(connection.For(ctx, connection.Purpose{Why: connection.WhyTry}), connectionID, operation, "")
	if err != nil {
		return nil, err
	}
	key := ""
	if t.class() == effect.Keyed {
		key = idempotencyKey("try", newNonce(), 1)
	}
	req, err := t.build(ctx, request.Input{Parameters: in.Parameters, Body: in.Body}, key, nil)
	if err != nil {
		return nil, err
	}
	defer s.connections.Used(context.WithoutCancel(ctx), connectionID, nil)
	x := s.wire.send(ctx, t.via, req, s.opts.Timeout, false)
	if granted(t.conn) && s.refuses(ctx, t, x) {
		if again, failure := s.renew(ctx, t); again { // a refused token did nothing
			x.leave()
			if req, err = t.build(ctx, request.Input{Parameters: in.Parameters, Body: in.Body}, key, nil); err != nil {
				return nil, err
			}
			x = s.wire.send(ctx, t.via, req, s.opts.Timeout, false)
		} else if failure != nil {
			defer x.leave()
			return nil, apierr.New(apierr.Reauthorize, failure.Cause)
		}
	}
	defer x.leave()
	defer s.wire.room.work(ctx, x.body)()
	if x.err != nil {
		return nil, sendError(x)
	}
	if x.status == 401 && granted(t.conn) {
		return nil, apierr.New(apierr.Reauthorize, "The API no longer takes the stored grant: connect again.")
	}
	c := decode(x.header.Get("Content-Type"), x.body)
	out := &TryResult{Status: x.status, Headers: cutHeaders(t.mask.Header(x.header)), Body: t.mask.Value(c.value),
		LatencyMs: x.latency.Milliseconds()}
	problems, checked := t.checked(x.status, x.header.Get("Content-Type"), c)
	out.Problems = append(t.misfits(in), problems...)
	if checked {
		valid := len(problems) == 0
		out.Valid = &valid
	}
	if len(out.Body) > maxTryBody {
		out.Cut, out.Body = true, quoteJSON(cutText(string(out.Body), maxTryBody))
	}
	return out, nil
}

// misfits tells what of a request differs from the document. It was sent all the
// same: the API knows best, and documents err. What is missing is not told here,
// since the credential may have filled it.
func (t *target) misfits(in TryInput) []apierr.Problem {
	problems := []apierr.Problem{}
	for _, p := range t.doc.CheckRequest(t.op, spec.Request{Parameters: in.Parameters, Body: in.Body}).Problems {
		if p.Code == "required" && strings.HasPrefix(p.Path, "/parameters/") && strings.Count(p.Path, "/") == 2 {
			continue
		}
		p.Path, p.Message = "/request"+cutText(t.mask.Display(p.Path), 500), cutText(t.mask.Display(p.Message), 500)
		problems = append(problems, p)
	}
	return problems
}

func granted(c connection.Connection) bool {
	return c.AuthType == connection.AuthOAuth || c.AuthType == connection.AuthTokenExchange
}

// sendError makes the public error of an exchange without a whole answer.
func sendError(x *exchange) error {
	switch x.kind() {
	case kindBlocked:
		return x.err
	case kindTimeout:
		return apierr.Wrap(apierr.UpstreamTimeout, "The API did not answer in time.", x.err)
	case kindTooLarge:
		return apierr.Wrap(apierr.UpstreamError, "The API's answer is larger than is read.", x.err)
	case kindCancelled:
		return context.Canceled
	}
	var public *apierr.Error
	if errors.As(x.err, &public) {
		return public
	}
	return apierr.Wrap(apierr.UpstreamError, "The API could not be reached: "+networkDetail(x.err)+".", x.err)
}
