package rehearse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/twin"
)

// askingKey holds, in a request's context, the step that asks.
type askingKey struct{}

type asking struct {
	step string
	task call.Task
}

// defaultTimeout is package call's.
const defaultTimeout = 30 * time.Second

// peers plays the APIs of one run: http.RoundTripper over the twins, with a fault
// where the scenario wants one. Nothing here can dial.
type peers struct {
	cast    *cast
	clock   *clock
	fault   Fault
	step    string // that the fault is for
	field   []string
	latency time.Duration
	twins   map[string]*twin.Twin
	told    bool // the fault has come
	seen    func(seen)
	// made is the journal of a run so far: the request that is asked about is in it.
	made func(execution string) map[string]call.Step
}

// seen is one request and what the twin made of it.
type seen struct {
	step     string
	path     string // of the step in the run: "each[3]/charge"
	method   string
	status   int    // the twin's
	replayed bool   // the same request was answered before
	lost     bool   // its answer did not arrive
	refusal  string // what the twin says where it refused
}

// errNotPlayed: a request that no step's call made.
var errNotPlayed = errors.New("rehearse: a request that is not part of the rehearsal")

// RoundTrip implements http.RoundTripper.
func (p *peers) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	a, ok := ctx.Value(askingKey{}).(asking)
	if !ok {
		return nil, errNotPlayed
	}
	if rec := p.cast.recording; rec != nil {
		made := p.made(a.task.Execution)[a.task.Path]
		if resp, found, err := rec.answer(req, a, made); found || err != nil {
			p.seen(seen{step: a.step, path: a.task.Path, method: req.Method})
			return resp, err
		}
	}
	arrive(ctx)
	p.clock.add(p.latency)
	if p.step == a.step {
		if resp := p.instead(req); resp != nil {
			p.seen(seen{step: a.step, path: a.task.Path, method: req.Method})
			return resp, nil
		}
	}
	who, ok := p.cast.calls[a.step]
	if !ok {
		return nil, errNotPlayed
	}
	resp, s := p.ask(req, who, a)
	var err error
	if p.step == a.step && p.fault == TimedOut {
		s.lost, p.told = true, true
		p.clock.add(timeoutOf(a.task) - p.latency)
		resp, err = nil, context.DeadlineExceeded
	}
	if p.step == a.step && (p.fault == FieldMissing || p.fault == FieldType) {
		resp = p.surprise(resp)
	}
	p.seen(s)
	return resp, err
}

// arrive is the moment from which on a request counts as read.
func arrive(ctx context.Context) {
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

func timeoutOf(t call.Task) time.Duration {
	if t.TimeoutSeconds > 0 {
		return time.Duration(t.TimeoutSeconds) * time.Second
	}
	return defaultTimeout
}

// instead is the answer of a fault that the twin never hears of; nil for none.
func (p *peers) instead(req *http.Request) *http.Response {
	switch {
	case p.fault == Unauthorized:
		p.told = true
		return answer(req, http.StatusUnauthorized, http.Header{}, []byte(`{"message":"Unauthorized"}`))
	case p.fault == RateLimited && !p.told:
		p.told = true
		return answer(req, http.StatusTooManyRequests, http.Header{"Retry-After": {strconv.Itoa(int(retryAfter.Seconds()))}},
			[]byte(`{"message":"Too Many Requests"}`))
	}
	return nil
}

// ask hands a request to the twin of its connection.
func (p *peers) ask(req *http.Request, who *callStep, a asking) (*http.Response, seen) {
	t, ok := p.twins[who.api.conn.ID]
	if !ok {
		t = who.api.twin.Again()
		p.twins[who.api.conn.ID] = t
	}
	w := &recorder{header: http.Header{}}
	t.ServeHTTP(w, below(req, who))
	s := seen{step: a.step, path: a.task.Path, method: req.Method, status: w.status}
	if all := t.Exchanges(); len(all) > 0 {
		s.replayed = all[len(all)-1].Replayed
	}
	if w.status >= http.StatusBadRequest {
		s.refusal = refusal(w.body.Bytes())
	}
	return answer(req, w.status, w.header, w.body.Bytes()), s
}

// below is the request as the twin knows it: its paths have no server's prefix.
func below(req *http.Request, who *callStep) *http.Request {
	local := req.Clone(req.Context())
	escaped := strings.TrimPrefix(req.URL.EscapedPath(), strings.TrimRight(who.api.base(who.op).EscapedPath(), "/"))
	if path, err := url.PathUnescape(escaped); err == nil {
		local.URL.Path, local.URL.RawPath = path, escaped
	}
	if local.Body == nil {
		local.Body = http.NoBody
	}
	return local
}

func answer(req *http.Request, status int, header http.Header, body []byte) *http.Response {
	if header.Get("Content-Type") == "" && len(body) > 0 {
		header.Set("Content-Type", "application/json")
	}
	return &http.Response{Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req}
}

// recorder is an http.ResponseWriter in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
