package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	idempotencyKept   = 24 * time.Hour
	maxIdempotencyKey = 255
	// maxReplay is the largest answer that is kept for replay, with its headers: an
	// item has at most 400 KB, and the sealed bytes stand in it in base64.
	maxReplay = 256 << 10
	// claimTries bounds how often a key is taken anew that was given back meanwhile.
	claimTries = 5
)

// attempt is what is kept under an idempotency key.
//
//	claimed → done              the answer is kept and given again
//	        → given back        nothing was decided: the same key may try again
//	        → claimed by another after twice the route's time, or at once where the first
//	          one's process is known to be gone: it died
type attempt struct {
	// Request is the digest of the request, sealed: it covers passwords, and a bare
	// digest of a password can be guessed offline.
	Request   []byte    `json:"request"`
	StartedAt time.Time `json:"startedAt"`
	// Seed gives a run that the request starts its id: who carries it out again finds it.
	Seed   string `json:"seed,omitempty"`
	Done   bool   `json:"done"`
	Status int    `json:"status,omitempty"`
	// Answer is sealed: it may hold a token.
	Answer []byte `json:"answer,omitempty"`
	Large  bool   `json:"large,omitempty"`
}

// replay is one use of a key.
type replay struct {
	s      *Server
	route  route.Route
	at     table.Key
	digest []byte
	mine   attempt
	// version of the claim in the store.
	version int64
}

// once runs the endpoint once for a key: a second request with the same body
// gets the first answer, one with another body is refused.
func (s *Server) once(e Endpoint, w *recorder, r *http.Request) outcome {
	ctx := withWorkspace(r.Context())
	key := r.Header.Get(idempotencyHeader)
	if len(key) > maxIdempotencyKey || len(r.Header.Values(idempotencyHeader)) > 1 {
		return outcome{err: apierr.New(apierr.ValidationFailed, "Idempotency-Key may be given once, with at most 255 bytes.").
			With(apierr.Problem{Path: "header." + idempotencyHeader, Code: "too_long", Message: "One key of at most 255 bytes."})}
	}
	raw, err := e.readBody(r)
	if err != nil {
		return outcome{err: err}
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	p := &replay{s: s, route: e.Route, at: attemptKey(ctx, e.Route, key), digest: requestDigest(r, raw)}
	first, err := p.claim(ctx)
	if err != nil {
		return outcome{err: err}
	}
	if first != nil {
		return p.again(ctx, *first, w)
	}
	// The answer is kept before it is sent: who loses the connection now is the very
	// one who will ask again.
	var a answer
	err = s.run(e, &a, r.WithContext(id.WithSeed(r.Context(), p.mine.Seed)))
	if err != nil {
		err = clientError(r.Context(), err)
	}
	if status := apierr.CodeOf(err).Status(); err != nil && (status >= http.StatusInternalServerError || apierr.CodeOf(err) == apierr.RateLimited) {
		p.giveBack(ctx)
		return outcome{err: err}
	}
	if err != nil {
		a = answer{}
		e.writeError(&a, RequestID(ctx), err)
	}
	if a.status >= http.StatusInternalServerError {
		p.giveBack(ctx)
	} else {
		p.keep(ctx, &a)
	}
	a.send(w)
	return outcome{err: err, told: true}
}

// claim takes the key; where it is taken it returns what is kept under it.
func (p *replay) claim(ctx context.Context) (*attempt, error) {
	sealed, err := p.s.Sealer.Seal(ctx, p.scope("request"), p.digest)
	if err != nil {
		return nil, err
	}
	p.mine = attempt{Request: sealed, StartedAt: p.s.now().UTC(), Seed: id.New("")}
	for range claimTries {
		stored, err := p.put(ctx, p.mine, table.Absent())
		if err == nil {
			p.version = stored
			return nil, nil
		}
		if !errors.Is(err, table.ErrCondition) {
			return nil, err
		}
		first, version, err := table.GetJSON[attempt](ctx, p.s.Store, p.at)
		if errors.Is(err, table.ErrNotFound) {
			continue // given back or expired meanwhile
		}
		if err != nil {
			return nil, err
		}
		digest, err := p.s.Sealer.Open(ctx, p.scope("request"), first.Request)
		if err != nil {
			return nil, err
		}
		switch {
		case !bytes.Equal(digest, p.digest):
			return nil, apierr.New(apierr.IdempotencyMismatch, "This Idempotency-Key was used with another request.")
		case first.Done:
			return &first, nil
		case !first.StartedAt.Before(p.s.since) && p.s.now().Sub(first.StartedAt) < 2*p.route.Timeout:
			return nil, p.running()
		}
		// The first one's process died before it could say how it went.
		p.mine.Seed = first.Seed
		if stored, err = p.put(ctx, p.mine, table.IfVersion(version)); err == nil {
			p.version = stored
			return nil, nil
		}
		if !errors.Is(err, table.ErrCondition) {
			return nil, err
		}
	}
	return nil, p.running()
}

func (p *replay) running() error {
	e := apierr.New(apierr.Conflict, "The first request with this Idempotency-Key is still running.")
	e.RetryAfter = time.Second
	return e
}

// again gives the first answer.
func (p *replay) again(ctx context.Context, first attempt, w *recorder) outcome {
	if first.Large {
		return outcome{again: true, err: apierr.New(apierr.Conflict, "This request was carried out before; its answer was too large to be kept.")}
	}
	raw, err := p.s.Sealer.Open(ctx, p.scope("answer"), first.Answer)
	if err != nil {
		return outcome{again: true, err: err}
	}
	a, err := decodeAnswer(raw)
	if err != nil {
		return outcome{again: true, err: err}
	}
	a.status = first.Status
	a.Header().Set(replayedHeader, "true")
	a.send(w)
	return outcome{again: true, told: true}
}

// keep stores the answer. Failing to is no failure of the request, which is
// carried out: the key then counts as running until its time is over.
func (p *replay) keep(ctx context.Context, a *answer) {
	ctx, cancel := detached(ctx)
	defer cancel()
	done := p.mine
	done.Done, done.Status = true, a.status
	raw, err := a.encode()
	if done.Large = len(raw) > maxReplay; err == nil && !done.Large {
		done.Answer, err = p.s.Sealer.Seal(ctx, p.scope("answer"), raw)
	}
	if err == nil {
		_, err = p.put(ctx, done, table.IfVersion(p.version))
	}
	p.warn(ctx, "answer not kept for its idempotency key", err)
}

func (p *replay) giveBack(ctx context.Context) {
	ctx, cancel := detached(ctx)
	defer cancel()
	p.warn(ctx, "idempotency key not given back", p.s.Store.Delete(ctx, p.at, table.IfVersion(p.version)))
}

func (p *replay) warn(ctx context.Context, message string, err error) {
	// A failed condition: another took over, after twice the route's time.
	if err != nil && !errors.Is(err, table.ErrCondition) {
		p.s.Log.WarnContext(ctx, message, "route", p.route.ID, "requestId", RequestID(ctx), "err", err)
	}
}

func (p *replay) put(ctx context.Context, a attempt, cond table.Condition) (int64, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return 0, err
	}
	stored, err := p.s.Store.Put(ctx, table.Item{Key: p.at, Data: data, ExpiresAt: p.mine.StartedAt.Add(idempotencyKept)}, cond)
	return stored.Version, err
}

func (p *replay) scope(field string) secret.Scope {
	return secret.Scope{Resource: p.at.PK + "/" + p.at.SK, Field: "idempotency-" + field}
}

// attemptKey keeps the keys of different callers apart; those who are not signed
// in, by their address.
func attemptKey(ctx context.Context, row route.Route, key string) table.Key {
	who := "public#" + tenant.ActorFrom(ctx).IP
	if p, ok := identity.PrincipalFrom(ctx); ok {
		who = p.UserID
	} else if row.Access == route.Provisioning {
		who = tenant.ActorFrom(ctx).ID
	}
	sum := sha256.Sum256([]byte(row.ID + "\n" + key))
	return table.Key{PK: "IDEM#" + who, SK: hex.EncodeToString(sum[:])}
}

// requestDigest covers what makes two requests the same.
func requestDigest(r *http.Request, body []byte) []byte {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("If-Match")} {
		_, _ = io.WriteString(h, part+"\n") // a hash never fails
	}
	h.Write(body)
	return h.Sum(nil)
}
