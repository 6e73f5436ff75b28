package grant

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/ratelimit"
)

// swap asks for the token of a connection of type TOKEN_EXCHANGE, by the request that it
// describes, and reads the answer where it says.
func (s *Service) swap(ctx context.Context, e *connection.ExchangeConfig) (answer, *fault) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := e.Build(ctx)
	if err != nil {
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The request for a token cannot be made: " + apierr.From(err).Detail, cause: err}
	}
	status, header, body, f := s.send(req)
	if f != nil {
		return answer{}, f
	}
	wait, _ := ratelimit.RetryAfter(header, s.now())
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		return answer{}, &fault{kind: faultPassing, code: apierr.UpstreamError, wait: wait,
			detail: fmt.Sprintf("The address that gives the token answers %d: it is tried again later.", status)}
	case status >= 300 && status < 400:
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid, detail: "The address that gives the token sends on elsewhere, which is not followed: give request.url as the API's documentation has it."}
	case status < 200 || status >= 300:
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid,
			detail: fmt.Sprintf("The address that gives the token refuses (%d): check the values, and the request.", status)}
	}
	doc, ok := decodeAnswer(header.Get("Content-Type"), body)
	a := answer{access: text(at(doc, e.Token))}
	if !ok || !plainToken(a.access) {
		return answer{}, &fault{kind: faultClient, code: apierr.CredentialsInvalid,
			detail: "The answer holds no token where one is expected (" + e.Token + "): check request and token."}
	}
	if e.ExpiresIn != "" {
		a.life = s.lifeOf(at(doc, e.ExpiresIn))
	}
	return a, nil
}

// lifeOf reads a life in seconds, or the time at which it ends: in seconds or
// milliseconds since 1970, or as RFC 3339 has it. What it cannot read, and an end that is
// over by our clock, says nothing.
func (s *Service) lifeOf(v any) time.Duration {
	const year = 365 * 24 * 3600
	said := text(v)
	if at, err := time.Parse(time.RFC3339, said); err == nil {
		return max(at.Sub(s.now()), 0)
	}
	n, err := strconv.ParseFloat(said, 64)
	switch {
	case err != nil:
		return 0
	case n > 1e11:
		n = n/1000 - float64(s.now().Unix())
	case n > 10*year:
		n -= float64(s.now().Unix())
	}
	return seconds(json.Number(strconv.FormatFloat(n, 'f', 0, 64)))
}
