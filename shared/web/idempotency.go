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
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	idempotencyKept   = 24 * time.Hour
	// maxReplay is the largest answer that is kept for replay; it is sealed, as it may hold a token.
	maxReplay = 256 << 10
)

// errReplayed: the answer was the first one's again; nothing happened anew.
var errReplayed = errors.New("web: answer replayed")

// attempt is what is kept under an idempotency key.
type attempt struct {
	BodyHash  string      `json:"bodyHash"`
	Done      bool        `json:"done"`
	StartedAt time.Time   `json:"startedAt"`
	Status    int         `json:"status,omitempty"`
	Header    http.Header `json:"header,omitempty"`
	Sealed    []byte      `json:"sealed,omitempty"`
	Large     bool        `json:"large,omitempty"`
}

// replayed runs the endpoint once for a key: a second request with the same body
// gets the first answer, one with another body is refused.
func (s *Server) replayed(e Endpoint, w *recorder, r *http.Request) error {
	ctx := withWorkspace(r.Context())
	key := r.Header.Get(idempotencyHeader)
	if len(key) > 255 {
		return apierr.New(apierr.ValidationFailed, "Idempotency-Key may have at most 255 bytes.").
			With(apierr.Problem{Path: "header." + idempotencyHeader, Code: "too_long", Message: "At most 255 bytes."})
	}
	raw, err := e.readBody(r)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	at := attemptKey(r, e.Route, key)
	mine := attempt{BodyHash: digest(append([]byte(r.Method+" "+r.URL.RequestURI()+"\n"), raw...)), StartedAt: s.now().UTC()}
	version, err := s.claim(ctx, e, at, mine, w)
	if err != nil {
		return err
	}
	capture := &capturer{recorder: w}
	err = e.serve(s, &recorder{ResponseWriter: capture}, r)
	// What was not decided is not kept: the same key may try again.
	if err != nil || capture.status >= http.StatusInternalServerError {
		if code := apierr.CodeOf(clientErrorOrNil(r.Context(), err)); err == nil || code.Status() >= http.StatusInternalServerError || code == apierr.RateLimited {
			return errors.Join(err, ignoreCondition(s.Store.Delete(ctx, at, table.IfVersion(version))))
		}
		buffered := &capturer{recorder: w}
		WriteError(buffered, RequestID(ctx), clientError(ctx, err))
		return errors.Join(err, s.keep(ctx, at, version, mine, buffered))
	}
	return s.keep(ctx, at, version, mine, capture)
}

func clientErrorOrNil(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return clientError(ctx, err)
}

// claim takes the key, or answers with what is kept under it.
func (s *Server) claim(ctx context.Context, e Endpoint, at table.Key, mine attempt, w *recorder) (int64, error) {
	data, err := json.Marshal(mine)
	if err != nil {
		return 0, err
	}
	item := table.Item{Key: at, Data: data, ExpiresAt: s.now().Add(idempotencyKept)}
	stored, err := s.Store.Put(ctx, item, table.Absent())
	if err == nil {
		return stored.Version, nil
	}
	if !errors.Is(err, table.ErrCondition) {
		return 0, err
	}
	there, err := s.Store.Get(ctx, at)
	if err != nil {
		return 0, err
	}
	var first attempt
	if err := json.Unmarshal(there.Data, &first); err != nil {
		return 0, err
	}
	switch {
	case first.BodyHash != mine.BodyHash:
		return 0, apierr.New(apierr.IdempotencyMismatch, "This Idempotency-Key was used with another request.")
	case first.Done && first.Large:
		return 0, apierr.New(apierr.Conflict, "This request was carried out before; its answer was too large to be kept.")
	case first.Done:
		return 0, s.answerAgain(ctx, at, first, w)
	case s.now().Sub(first.StartedAt) < 2*e.Route.Timeout:
		return 0, apierr.New(apierr.Conflict, "The first request with this Idempotency-Key is still running.")
	}
	// The first one's process died before it could say how it went.
	stored, err = s.Store.Put(ctx, item, table.IfVersion(there.Version))
	return stored.Version, err
}

func (s *Server) answerAgain(ctx context.Context, at table.Key, first attempt, w *recorder) error {
	body, err := s.Sealer.Open(ctx, secret.Scope{Resource: at.SK, Field: "idempotency"}, first.Sealed)
	if err != nil {
		return err
	}
	for name, values := range first.Header {
		w.Header()[name] = values
	}
	w.Header().Set(replayedHeader, "true")
	w.WriteHeader(first.Status)
	_, _ = w.Write(body)
	return errReplayed
}

func (s *Server) keep(ctx context.Context, at table.Key, version int64, a attempt, c *capturer) error {
	a.Done, a.Status, a.Header = true, c.status, http.Header{}
	for _, name := range []string{"Content-Type", "Etag", "Set-Cookie", "Location"} {
		if v := c.Header().Values(name); len(v) > 0 && name != "Set-Cookie" {
			a.Header[name] = v
		}
	}
	if a.Large = c.body.Len() > maxReplay; !a.Large {
		sealed, err := s.Sealer.Seal(ctx, secret.Scope{Resource: at.SK, Field: "idempotency"}, c.body.Bytes())
		if err != nil {
			return errors.Join(errSent, err)
		}
		a.Sealed = sealed
	}
	data, err := json.Marshal(a)
	if err != nil {
		return errors.Join(errSent, err)
	}
	_, err = s.Store.Put(ctx, table.Item{Key: at, Data: data, ExpiresAt: s.now().Add(idempotencyKept)}, table.IfVersion(version))
	if err != nil {
		return errors.Join(errSent, err)
	}
	return nil
}

func attemptKey(r *http.Request, row route.Route, key string) table.Key {
	who := "public"
	if p, ok := identity.PrincipalFrom(r.Context()); ok {
		who = p.UserID
	}
	return table.Key{PK: "IDEM#" + who, SK: digest([]byte(row.ID + "\n" + key))}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func ignoreCondition(err error) error {
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

// capturer keeps a copy of the answer for replay.
type capturer struct {
	*recorder
	status int
	body   bytes.Buffer
}

func (c *capturer) WriteHeader(status int) {
	c.status = status
	c.recorder.WriteHeader(status)
}

func (c *capturer) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if c.body.Len() <= maxReplay {
		c.body.Write(b)
	}
	return c.recorder.Write(b)
}
