package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// ErrRedirects: the answer sent us on more often than is followed, or in a circle.
var ErrRedirects = errors.New("egress: too many redirects")

// ErrProtocol: the answer begins another protocol, which nobody asked for.
var ErrProtocol = errors.New("egress: switched to another protocol")

// Transport returns a new transport that dials through the guard only. It uses
// no proxy (a proxy would do the dialling for us, unguarded), leaves compression
// to the caller (who bounds what it unpacks to), and never follows redirects.
func (g *Guard) Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: g.opts.DialTimeout, KeepAlive: 30 * time.Second, Control: g.Control}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		TLSHandshakeTimeout:    g.opts.TLSTimeout,
		ResponseHeaderTimeout:  g.opts.HeaderTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: g.opts.MaxHeaderBytes,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
	}
}

// Client sends requests through a guard. It is safe for concurrent use.
type Client struct {
	guard     *Guard
	transport *http.Transport
	redirects int
	// own is for the origins that a certificate is shown to.
	own     *http.Transport
	origins []string
}

// ClientOptions of a Client.
type ClientOptions struct {
	// Fresh makes each request use a connection of its own. A connection kept
	// from before may have just been closed by the peer, which leaves open
	// whether the request was read: not good enough for one that must not be
	// repeated. Defaults to false.
	Fresh bool
	// HeaderTimeout replaces the guard's; negative means none, for callers whose
	// context bounds the whole exchange. Defaults to the guard's.
	HeaderTimeout time.Duration
	// NoRedirects gives an answer that sends on as it is: for requests that must reach
	// who they are meant for, or nobody. Defaults to false.
	NoRedirects bool
	// Certificate is what is shown to some origins. Defaults to nothing.
	Certificate *Certificate
}

// Certificate is a client's, for mutual TLS.
type Certificate struct {
	Pair tls.Certificate
	// Roots are the authorities that the peer's certificate must be issued by; nil for
	// those of the system.
	Roots *x509.CertPool
	// Origins are whom it is shown to, in the spelling of Origin: on the way to any
	// other, by a redirect say, neither it nor Roots counts.
	Origins []string
	// Conns is how many idle connections are kept at most. Defaults to 4.
	Conns int
}

// Client returns a client with a connection pool of its own.
func (g *Guard) Client(opts *ClientOptions) *Client {
	t, redirects := g.Transport(), g.opts.MaxRedirects
	if opts != nil {
		if opts.NoRedirects {
			redirects = -1
		}
		t.DisableKeepAlives = opts.Fresh
		if opts.HeaderTimeout != 0 {
			t.ResponseHeaderTimeout = max(opts.HeaderTimeout, 0)
		}
	}
	c := &Client{guard: g, transport: t, redirects: redirects}
	if opts != nil && opts.Certificate != nil {
		cert := opts.Certificate
		c.own, c.origins = t.Clone(), cert.Origins
		c.own.MaxIdleConns = max(cert.Conns, 4)
		c.own.MaxIdleConnsPerHost = c.own.MaxIdleConns
		c.own.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert.Pair}, RootCAs: cert.Roots,
			// Some servers ask for it once they know which path is wanted.
			Renegotiation: tls.RenegotiateOnceAsClient}
	}
	return c
}

// Close closes the connections that are idle.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Do sends a request and follows redirects by hand: each hop's URL is checked
// like the first, no hop goes from https to http, and on the way to another
// origin everything that could be a credential is left behind for good. The
// caller closes the body. Errors: EGRESS_BLOCKED, ErrRedirects, ErrProtocol, or
// the transport's.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	seen := map[string]bool{}
	for hop := 0; ; hop++ {
		if err := c.guard.CheckURL(req.URL); err != nil {
			return nil, err
		}
		if req.Host != "" && req.Host != req.URL.Host {
			return nil, badURL("The Host header must be the URL's host.")
		}
		transport := c.transport
		if c.own != nil && slices.Contains(c.origins, Origin(req.URL)) {
			transport = c.own
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			// Its body is the connection, which no context ends.
			_ = resp.Body.Close()
			return nil, ErrProtocol
		}
		location := resp.Header.Get("Location")
		if !isRedirect(resp.StatusCode) || location == "" || c.redirects < 0 {
			return resp, nil
		}
		drain(resp.Body)
		key := req.Method + " " + req.URL.String()
		if hop >= c.redirects || seen[key] {
			return nil, fmt.Errorf("%w: after %d", ErrRedirects, hop)
		}
		seen[key] = true
		if req, err = next(req, resp.StatusCode, location); err != nil {
			return nil, err
		}
	}
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// drain reads a little, so that the connection can be used again, and closes.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}

// next makes the request of the next hop, with the method rewritten as the Fetch
// standard does ("HTTP-redirect fetch", step 12).
func next(req *http.Request, status int, location string) (*http.Request, error) {
	target, err := req.URL.Parse(location)
	if err != nil {
		return nil, badURL("The API redirects to something that is not a URL.")
	}
	if req.URL.Scheme == "https" && target.Scheme == "http" {
		return nil, badURL("The API redirects from https to http.")
	}
	target.Fragment, target.RawFragment = "", ""
	method, keepBody := req.Method, true
	if status == http.StatusSeeOther && method != http.MethodHead ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && method == http.MethodPost {
		method, keepBody = http.MethodGet, false
	}
	return hopRequest(req.Context(), req, method, target, keepBody)
}

func hopRequest(ctx context.Context, req *http.Request, method string, target *url.URL, keepBody bool) (*http.Request, error) {
	var body io.ReadCloser
	if keepBody && req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return nil, fmt.Errorf("%w: the request's body cannot be sent again", ErrRedirects)
		}
		var err error
		if body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRedirects, err)
		}
	}
	out, err := http.NewRequestWithContext(ctx, method, target.String(), nil) // #nosec G704 -- this is the guard
	if err != nil {
		return nil, badURL("The API redirects to something that is not a URL.")
	}
	if body != nil {
		out.Body, out.GetBody, out.ContentLength = body, req.GetBody, req.ContentLength
	}
	out.Header = req.Header.Clone()
	if Origin(req.URL) != Origin(target) {
		keepHarmless(out.Header)
	}
	if body == nil {
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Location"} {
			out.Header.Del(name)
		}
	}
	return out, nil
}

// keepHarmless leaves only headers that cannot hold a credential: a list of what
// may stay cannot miss the custom header that some API calls its key.
func keepHarmless(h http.Header) {
	for name := range h {
		switch name {
		case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Content-Type",
			"Content-Encoding", "Content-Language", "Idempotency-Key", "If-None-Match", "If-Modified-Since":
		default:
			delete(h, name)
		}
	}
}
