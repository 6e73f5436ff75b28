package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/egress"
)

const (
	maxDocument = 1 << 20 // bytes of any answer of a provider's
	callTime    = 10 * time.Second
)

// errTooLarge: an answer goes on beyond what is read.
var errTooLarge = errors.New("oidc: the answer is too large")

// newHTTP gives a client that reaches what the guard lets through. It follows no
// redirect: what is sent may hold the client's secret.
func newHTTP(guard *egress.Guard) *http.Client {
	return &http.Client{Transport: guarded{guard, guard.Transport()}, Timeout: callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type guarded struct {
	guard *egress.Guard
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.guard.CheckURL(r.URL); err != nil {
		return nil, err
	}
	if err := plainOnlyHere(r.URL); err != nil {
		return nil, err
	}
	res, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &bounded{ReadCloser: res.Body, left: maxDocument}
	return res, nil
}

// plainOnlyHere refuses http but on loopback, which the guard has to be told of.
func plainOnlyHere(u *url.URL) error {
	if u.Scheme == "https" || loopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("oidc: %s is not https", u.Host)
}

type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// getJSON reads one document into v; token is a bearer's, "" for none.
func (c *Client) getJSON(ctx context.Context, at, token string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("oidc: %s answered %d", req.URL.Redacted(), res.StatusCode)
	}
	if media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") { // application/jwk-set+json
		return fmt.Errorf("oidc: %s answered %q, not JSON", req.URL.Redacted(), res.Header.Get("Content-Type"))
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

func decode(part string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(part) }
