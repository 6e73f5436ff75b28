package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// wideIn has one field of each kind that an input may have.
type wideIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match"`
	Body    struct {
		Name   string            `json:"name" jsonschema:"required,minLength=1,maxLength=10"`
		Count  int               `json:"count,omitempty" jsonschema:"minimum=1"`
		Big    int64             `json:"big,omitempty"`
		Share  float64           `json:"share,omitempty"`
		On     *bool             `json:"on,omitempty"`
		At     time.Time         `json:"at,omitzero"`
		Kind   string            `json:"kind,omitempty" jsonschema:"enum=a,enum=b"`
		Key    secret.Secret     `json:"key,omitzero"`
		Any    json.RawMessage   `json:"any,omitempty"`
		Labels map[string]string `json:"labels,omitempty"`
		Parts  []struct {
			Size int `json:"size" jsonschema:"required"`
		} `json:"parts,omitempty"`
	}
}

type wideOut struct {
	ID      string          `json:"id"`
	IfMatch int64           `json:"ifMatch"`
	Name    string          `json:"name"`
	Any     json.RawMessage `json:"any,omitempty"`
}

// wide is PUT /api/workflows/{id}: USER and ADMIN, 640 KiB.
func wide() web.Endpoint {
	return web.Bind("workflows-update", http.StatusOK, func(_ context.Context, in *wideIn) (*web.Reply[wideOut], error) {
		return &web.Reply[wideOut]{Data: wideOut{in.ID, in.IfMatch, in.Body.Name, in.Body.Any}, Version: 7}, nil
	})
}

// lists is GET /api/logs: ADMIN and AUDITOR.
type listIn struct {
	Limit  int       `query:"limit"`
	Cursor string    `query:"cursor"`
	After  int64     `query:"after"`
	Deep   bool      `query:"deep"`
	From   time.Time `query:"from"`
	Level  string    `query:"level" enum:"info,warn"`
}

func lists() web.Endpoint {
	return web.Bind("logs-list", http.StatusOK, func(_ context.Context, in *listIn) (*web.Reply[[]string], error) {
		page, err := web.Page(in.Limit, in.Cursor)
		if err != nil {
			return nil, err
		}
		if page.Limit == 25 {
			return web.List([]string{"x"}, "more")
		}
		return web.List[string](nil, "")
	})
}

// script says what the endpoint that it drives does.
type script struct {
	calls atomic.Int64
	// do runs in the handler; nil answers.
	do func(ctx context.Context, calls int64) error
}

type inviteIn struct {
	Body struct {
		Email string `json:"email" jsonschema:"required"`
	}
}

// invites is POST /api/users/invite: ADMIN only, 64 KiB, mutating.
func (s *script) invites() web.Endpoint {
	return web.Bind("users-invite", http.StatusCreated, func(ctx context.Context, in *inviteIn) (*web.Reply[map[string]any], error) {
		n := s.calls.Add(1)
		if s.do != nil {
			if err := s.do(ctx, n); err != nil {
				return nil, err
			}
		}
		return &web.Reply[map[string]any]{Data: map[string]any{"email": in.Body.Email, "call": n}, Version: n,
			Cookies: []*http.Cookie{{Name: "c", Value: "v"}}}, nil
	})
}

// login is POST /api/auth/login: public, mutating.
func (s *script) login() web.Endpoint {
	return web.Bind("auth-login", http.StatusOK, func(ctx context.Context, in *inviteIn) (*web.Reply[map[string]any], error) {
		n := s.calls.Add(1)
		if s.do != nil {
			if err := s.do(ctx, n); err != nil {
				return nil, err
			}
		}
		return web.OK(map[string]any{"token": "token-" + in.Body.Email, "call": n})
	})
}

// remove is DELETE /api/apis/{id}, which takes no body.
func (s *script) remove(trail func() *audit.Trail) web.Endpoint {
	return web.Bind("apis-delete", http.StatusOK, func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (*web.Reply[web.None], error) {
		s.calls.Add(1)
		if strings.HasPrefix(in.ID, "none") {
			return nil, apierr.New(apierr.NotFound, "There is no such connection.")
		}
		if err := trail().Commit(ctx, nil, audit.Entry{Action: "connection.delete", Resource: in.ID}); err != nil {
			return nil, err
		}
		return web.OK(web.None{})
	})
}

// file is GET /api/logs/export, which writes its answer itself.
func file(fn func(w http.ResponseWriter, r *http.Request) error) web.Endpoint {
	return web.BindRaw("logs-export", "text/plain", func(w http.ResponseWriter, r *http.Request, _ *web.None) error { return fn(w, r) })
}
