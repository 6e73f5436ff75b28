// Package grant holds the handlers by which people authorise connections: the way to
// the provider and back, the code for another device, and taking it all back.
package grant

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/web"
)

// donePage is the dashboard's page that says how it ended, tells the page that opened
// it, and closes. It is a file of its own: nothing of the app is needed for that.
const donePage = "/oauth-done.html"

// Cookies says how the cookie of a flow is set.
type Cookies struct {
	// Secure is set everywhere but on a plain-http loopback address.
	Secure bool
}

// Endpoints binds the routes of this area.
func Endpoints(grants *grant.Service, cookies Cookies) []web.Endpoint {
	h := handlers{grants, cookies}
	return []web.Endpoint{
		web.Bind("apis-oauth-start", http.StatusOK, h.start),
		web.BindRaw("oauth-callback", "text/html", h.callback).Answers(http.StatusSeeOther),
		web.Bind("apis-oauth-disconnect", http.StatusOK, h.disconnect),
		web.Bind("apis-oauth-device", http.StatusOK, h.device),
		web.Bind("apis-oauth-poll", http.StatusOK, h.poll),
		web.Bind("apis-scopes", http.StatusOK, h.scopes),
	}
}

type handlers struct {
	grants  *grant.Service
	cookies Cookies
}

// IDIn names one connection.
type IDIn struct {
	ID string `path:"id"`
}

// Started is where to send the person.
type Started struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// CallbackIn is what a provider sends people back with; some add parameters of their own.
type CallbackIn struct {
	web.AnyQuery
	State string `query:"state"`
	Code  string `query:"code"`
	Error string `query:"error"`
}

func (h handlers) start(ctx context.Context, in *IDIn) (*web.Reply[Started], error) {
	s, err := h.grants.Start(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &web.Reply[Started]{Data: Started{URL: s.URL, ExpiresAt: s.ExpiresAt},
		Cookies: []*http.Cookie{h.cookie(s.Cookie, s.Browser.Reveal(), s.ExpiresAt)}}, nil
}

// cookie ties a flow to the browser that began it. The provider's page sends people
// back by a link, with which Lax cookies go along.
func (h handlers) cookie(name, value string, end time.Time) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: grant.CallbackPath, Expires: end, HttpOnly: true, Secure: h.cookies.Secure, SameSite: http.SameSiteLaxMode} // #nosec G124 -- Secure but on loopback without TLS
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// callback ends the way by sending the browser on, so that neither code nor state stay
// in its address. What is public about the route is that it can be come back to: what
// it does, it does for who is signed in and began the way.
func (h handlers) callback(w http.ResponseWriter, r *http.Request, in *CallbackIn) error {
	end := grant.Ended{Outcome: grant.SignedOut}
	ctx := r.Context()
	row, _ := route.ByID("apis-oauth-start")
	if p, ok := identity.PrincipalFrom(ctx); ok && r.Method == http.MethodGet && row.Allows(p.Role) {
		var err error
		end, err = h.grants.Complete(tenant.With(ctx, p.WorkspaceID), grant.Callback{State: in.State, Code: in.Code, Error: in.Error, Cookie: func(name string) string {
			if c, err := r.Cookie(name); err == nil {
				return c.Value
			}
			return ""
		}})
		if err != nil {
			return err
		}
	}
	if end.Cookie != "" {
		http.SetCookie(w, h.cookie(end.Cookie, "", time.Time{}))
	}
	q := url.Values{"outcome": {string(end.Outcome)}}
	if end.Connection != "" {
		q.Set("connection", end.Connection)
	}
	w.Header().Set("Location", donePage+"?"+q.Encode())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

func (h handlers) disconnect(ctx context.Context, in *IDIn) (*web.Reply[connection.Revocation], error) {
	out, err := h.grants.Disconnect(ctx, in.ID)
	return reply(out, err)
}

func (h handlers) device(ctx context.Context, in *IDIn) (*web.Reply[grant.DeviceCode], error) {
	out, err := h.grants.StartDevice(ctx, in.ID)
	return reply(out, err)
}

func (h handlers) poll(ctx context.Context, in *IDIn) (*web.Reply[grant.DeviceState], error) {
	out, err := h.grants.PollDevice(ctx, in.ID)
	return reply(out, err)
}

func (h handlers) scopes(ctx context.Context, in *IDIn) (*web.Reply[grant.Scopes], error) {
	out, err := h.grants.Scopes(ctx, in.ID)
	return reply(out, err)
}

func reply[T any](data T, err error) (*web.Reply[T], error) {
	if err != nil {
		return nil, err
	}
	return web.OK(data)
}
