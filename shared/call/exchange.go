package call

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/egress"
)

// exchange is one request and what became of it.
type exchange struct {
	status  int
	header  http.Header
	body    []byte
	url     string // of the last hop
	latency time.Duration
	// left says that the request was handed to a connection: from then on the
	// peer may have read it. While it is false the peer certainly has not.
	left bool
	// answered says that the answer's header is in; err may still tell that the body is not.
	answered bool
	err      error
	// leave gives back the place of a large body.
	leave func()
}

// errIdle: the answer stopped coming.
var errIdle = errors.New("call: the answer stopped coming")

// wire sends requests with time and size limits.
type wire struct {
	senders
	maxBody int64
	idle    time.Duration
	now     func() time.Time
	room    *room
}

// send makes one exchange, which ends within timeout whatever the peer does. The
// caller calls leave when it is done with the body. via are the clients that it leaves by,
// nil for those that all connections share.
func (w *wire) send(ctx context.Context, via *senders, req *http.Request, timeout time.Duration, repeatable bool) *exchange {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	x := &exchange{leave: func() {}}
	var left atomic.Bool // redirects may be traced from the transport's goroutines
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { left.Store(true) },
	})
	if via == nil {
		via = &w.senders
	}
	sender := via.fresh
	if repeatable {
		sender = via.pooled
	}
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "gzip, br")
	}
	begun := w.now()
	resp, err := sender.Do(req.WithContext(ctx))
	if err == nil {
		x.answered, x.status, x.header = true, resp.StatusCode, resp.Header
		if resp.Request != nil && resp.Request.URL != nil {
			x.url = resp.Request.URL.String()
		}
		watch := newIdle(resp.Body, w.idle, func() { stop(errIdle) })
		resp.Body = watch
		x.body, err = readBody(resp, w.maxBody, func() error {
			watch.timer.Stop() // it is not the peer who makes it wait
			defer watch.timer.Reset(w.idle)
			if err := w.room.enter(ctx); err != nil {
				return err
			}
			x.leave = w.room.leave
			return nil
		})
		watch.timer.Stop()
		_ = resp.Body.Close()
		if errors.Is(err, errBodyTooLarge) {
			// Its beginning shows what it was; nothing else is made of it.
			x.body = bytes.Clone(x.body[:min(len(x.body), cutBody)])
		}
	}
	if err != nil && context.Cause(ctx) == errIdle {
		err = errIdle
	}
	x.err, x.left, x.latency = err, left.Load(), w.now().Sub(begun)
	return x
}

// idle stops an exchange whose body makes no progress.
type idle struct {
	io.ReadCloser
	timer *time.Timer
	after time.Duration
}

func newIdle(r io.ReadCloser, after time.Duration, stop func()) *idle {
	return &idle{ReadCloser: r, timer: time.AfterFunc(after, stop), after: after}
}

func (i *idle) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	i.timer.Reset(i.after)
	return n, err
}

// kind sorts errors of an exchange.
type kind int

const (
	kindNone kind = iota
	kindBlocked
	kindTimeout
	kindTooLarge
	kindNetwork
	kindCancelled
)

func (x *exchange) kind() kind {
	var timeout net.Error
	switch err := x.err; {
	case err == nil:
		return kindNone
	case apierr.CodeOf(err) == apierr.EgressBlocked:
		return kindBlocked
	case errors.Is(err, errBodyTooLarge):
		return kindTooLarge
	case errors.Is(err, errIdle), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return kindTimeout
	case errors.Is(err, context.Canceled):
		return kindCancelled
	default:
		return kindNetwork
	}
}

// isTransport tells errors of the connection from those of a decoder.
func isTransport(err error) bool {
	var network net.Error
	var op *net.OpError
	return errors.As(err, &network) || errors.As(err, &op) || errors.Is(err, errIdle) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ECONNRESET)
}

// networkDetail says in words what went wrong, without the peer's own text.
func networkDetail(err error) string {
	var dns *net.DNSError
	var record *tlsRecordError
	switch {
	case errors.As(err, &dns):
		return "its host name could not be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refused the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "it cut the connection"
	case errors.Is(err, egress.ErrRedirects):
		return "it redirects in a circle"
	case errors.Is(err, egress.ErrProtocol):
		return "it answered in another protocol"
	case errors.Is(err, errBadBody):
		return "its answer is packed in a way that cannot be read"
	case wantsCertificate(err):
		return "it does not take the connection's client certificate, or wants one"
	case errors.As(err, &record), isCertificate(err):
		return "no secure connection could be made"
	}
	return "the connection failed"
}
