package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call/request"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/spec"
)

// probeTimeout bounds the call of a test: a person is waiting.
const probeTimeout = 10 * time.Second

// TestResult is what a test of a connection found.
type TestResult struct {
	OK bool `json:"ok"`
	// Status is the API's, 0 where it gave none.
	Status    int    `json:"status"`
	LatencyMs int64  `json:"latencyMs"`
	Detail    string `json:"detail"`
	// Code is empty when OK; CREDENTIALS_INVALID, REAUTHORIZE, UPSTREAM_ERROR,
	// UPSTREAM_TIMEOUT or EGRESS_BLOCKED otherwise.
	Code apierr.Code `json:"code,omitempty"`
	// Operation is what was called; empty for the bare base URL.
	Operation string `json:"operation,omitempty"`
}

// Test makes one safe call with the stored credential: of the operation that
// says most about it and needs no value, or else of the base URL. What the API
// does is a result; an error is ours (NOT_FOUND, INTERNAL).
func (s *Service) Test(ctx context.Context, connectionID string) (*TestResult, error) {
	t, err := s.open(connection.For(ctx, connection.Purpose{Why: connection.WhyTest}), connectionID, "", "")
	switch apierr.CodeOf(err) {
	case "":
	case apierr.Reauthorize, apierr.CredentialsInvalid:
		return &TestResult{Code: apierr.CodeOf(err), Detail: apierr.From(err).Detail}, nil
	default:
		return nil, err
	}
	req, err := s.probe(ctx, t)
	if err != nil {
		var public *apierr.Error
		if errors.As(err, &public) && public.Code != apierr.Internal {
			return &TestResult{Code: public.Code, Detail: public.Detail}, nil
		}
		return nil, err
	}
	defer s.connections.Used(context.WithoutCancel(ctx), connectionID, nil)
	x := s.wire.send(ctx, t.via, req, min(probeTimeout, s.opts.Timeout), true)
	if s.refuses(ctx, t, x) {
		if again, _ := s.renew(ctx, t); again {
			x.leave()
			if req, err = s.probe(ctx, t); err != nil {
				return nil, err
			}
			x = s.wire.send(ctx, t.via, req, min(probeTimeout, s.opts.Timeout), true)
		}
	}
	defer x.leave()
	defer s.wire.room.work(ctx, x.body)()
	out := &TestResult{Status: x.status, LatencyMs: x.latency.Milliseconds()}
	if t.op != nil {
		out.Operation = t.op.ID
	}
	if x.err != nil && !x.answered { // a probe needs the status, not the whole body
		public := apierr.From(sendError(x))
		if public.Code == apierr.Internal {
			return nil, x.err
		}
		out.Code, out.Detail = public.Code, public.Detail
		return out, nil
	}
	if x.err == nil {
		if _, sc, _ := t.scope(nil, x, decode(x.header.Get("Content-Type"), x.body), false); s.expired(ctx, t, sc) {
			out.Code, out.Detail = apierr.CredentialsInvalid, expired
			if granted(t.conn) {
				out.Code = apierr.Reauthorize
			}
			return out, nil
		}
	}
	out.judge(t)
	return out, nil
}

// probe chooses the operation and makes the request.
func (s *Service) probe(ctx context.Context, t *target) (*http.Request, error) {
	authenticated := t.conn.AuthType != connection.AuthNone
	var open *http.Request // of an operation that needs no credential, and so shows less
	var openOp *spec.Operation
	for _, id := range candidates(t.doc, authenticated) {
		op, err := t.doc.Operation(id)
		if err != nil || effect.Of(op, "") != effect.Safe || op.Body != nil && op.Body.Required {
			continue
		}
		t.op, t.base = op, baseFor(t.conn, t.doc, op)
		req, err := t.build(ctx, request.Input{}, "", nil)
		switch {
		case err != nil:
		case !authenticated || len(op.Security) > 0:
			return req, nil
		case open == nil:
			open, openOp = req, op
		}
	}
	t.op = openOp
	if open != nil {
		return open, nil
	}
	u, err := url.Parse(t.conn.BaseURL)
	if err != nil || u.Host == "" {
		return nil, apierr.New(apierr.ValidationFailed, "The connection has no complete base URL.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, apierr.Wrap(apierr.ValidationFailed, "The connection has no complete base URL.", err)
	}
	req.Header.Set("User-Agent", request.UserAgent)
	req.Header.Set("Accept", "*/*")
	return req, authorise(req, t.cred, t.now())
}

// maxCandidates bounds how many operations are looked at in full.
const maxCandidates = 25

// candidates orders the operations that may be called without a value: those
// that tell who one is first, then those that tell how the API is, then lists.
func candidates(doc *spec.Document, authenticated bool) []string {
	type candidate struct {
		id          string
		rank, depth int
	}
	var all []candidate
	for _, op := range doc.Summaries() {
		if op.Method != http.MethodGet || op.Deprecated || strings.Contains(op.Path, "{") {
			continue
		}
		rank := probeRank(op)
		if !authenticated && rank == 0 {
			rank = 1 // "me" means nothing without a credential
		}
		all = append(all, candidate{op.ID, rank, strings.Count(op.Path, "/")*100 + len(op.Path)})
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return a.depth - b.depth
	})
	ids := make([]string, 0, maxCandidates)
	for _, c := range all[:min(len(all), maxCandidates)] {
		ids = append(ids, c.id)
	}
	return ids
}

func probeRank(op spec.Summary) int {
	last := strings.ToLower(op.Path[strings.LastIndexByte(strings.TrimRight(op.Path, "/"), '/')+1:])
	switch strings.Trim(last, "/") {
	case "me", "self", "user", "whoami", "account", "profile", "current", "currentuser", "current_user", "userinfo", "auth.test", "balance":
		return 0
	case "status", "ping", "health", "healthz", "version", "info", "api.test", "heartbeat":
		return 1
	}
	text := strings.ToLower(op.ID + " " + op.Summary)
	switch {
	case strings.Contains(text, "logout") || strings.Contains(text, "export") || strings.Contains(text, "download") || strings.Contains(text, "stream"):
		return 4 // safe by method, but heavy or not meant for this
	case strings.Contains(text, "list") || strings.HasSuffix(last, "s"):
		return 2
	}
	return 3
}

// judge says in a sentence what the status means for the connection.
func (r *TestResult) judge(t *target) {
	switch status := r.Status; {
	case status == http.StatusUnauthorized && granted(t.conn):
		r.Code, r.Detail = apierr.Reauthorize, "The API no longer takes the stored grant: connect again."
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		r.Code = apierr.CredentialsInvalid
		r.Detail = fmt.Sprintf("The API refused the credential (%d). Check that it is right and still valid.", status)
		if t.conn.AuthType == connection.AuthNone {
			r.Detail = fmt.Sprintf("The API wants a credential (%d), and the connection has none.", status)
		} else if status == http.StatusForbidden {
			r.Detail = "The API knows the credential but does not allow this call (403). It may lack a scope."
		}
	case status >= 500:
		r.Code, r.Detail = apierr.UpstreamError, fmt.Sprintf("The API is reachable but failing (%d). Try again later.", status)
	case status == http.StatusTooManyRequests:
		r.OK, r.Detail = true, "The API is reachable but asks us to slow down (429)."
	case status < 300:
		r.OK, r.Detail = true, fmt.Sprintf("The API answered %d.", status)
	case t.op == nil:
		// The base URL is seldom a resource of its own: an answer is all there is to see.
		r.OK, r.Detail = true, fmt.Sprintf("The API is reachable (%d at its base URL). No operation could be called without values, so the credential was not shown to work.", status)
	case status == http.StatusNotFound:
		r.Code = apierr.UpstreamError
		r.Detail = "The API does not know the path of " + cutText(t.op.ID, 100) + " (404). Check the base URL."
	default:
		r.OK, r.Detail = true, fmt.Sprintf("The API is reachable and answered %d to %s.", status, cutText(t.op.ID, 100))
	}
}
