// Package outside is how a browser is sent to a sign-in outside and taken back: the
// secret that ties the way to it, the session that comes of it, and where it is sent
// on to. It decides nothing: the services of sign-in do.
package outside

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
)

// Page is what a browser gets: nothing to read, it is sent on.
const Page = "text/html"

// Cookies says how a browser keeps what it is given.
type Cookies struct {
	// Secure is set everywhere but on a plain-http loopback address.
	Secure bool
	// Session makes the cookie of a session.
	Session func(identity.Grant) *http.Cookie
}

// flow holds the browser's secret of a flow. With __Host- no other host of the domain,
// and no plain http, can put one of theirs in its place.
func (c Cookies) flow() string {
	if c.Secure {
		return "__Host-apiq_signin"
	}
	return "apiq_signin"
}

// Browser is the secret that the browser has, "" for none.
func (c Cookies) Browser(r *http.Request) string {
	cookie, err := r.Cookie(c.flow())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Leave sends the browser to the provider, with the secret of the flow.
func (c Cookies) Leave(w http.ResponseWriter, d signin.Departure) error {
	http.SetCookie(w, c.Flow(d))
	return Send(w, d.URL)
}

// Flow is the cookie with the secret of the flow.
func (c Cookies) Flow(d signin.Departure) *http.Cookie {
	// Lax: the way back is a navigation from the provider's site.
	return &http.Cookie{Name: c.flow(), Value: d.Browser, Path: "/", MaxAge: int(signin.FlowLife.Seconds()), HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode} // #nosec G124 -- Secure but on loopback without TLS
}

// Arrive gives the browser its session and sends it to where it wanted to be.
func (c Cookies) Arrive(w http.ResponseWriter, a signin.Arrival) error {
	http.SetCookie(w, c.Session(a.Grant))
	return Send(w, a.ReturnTo)
}

// Refuse sends the browser back to the page of sign-in, which has a sentence for the
// code. What is our own fault is told as any other.
func Refuse(w http.ResponseWriter, err error, workspace string) error {
	if !told(err) {
		return err
	}
	q := url.Values{"error": {signin.Code(err)}}
	if workspace != "" && len(workspace) < 64 {
		q.Set("workspace", workspace)
	}
	return Send(w, "/login?"+q.Encode())
}

// Linked sends the browser back to where an identity was to be linked, with what came of it.
func Linked(w http.ResponseWriter, provider string, err error) error {
	q := url.Values{"linked": {provider}}
	if err != nil {
		if !told(err) {
			return err
		}
		q = url.Values{"notLinked": {signin.Code(err)}}
	}
	return Send(w, "/settings/security?"+q.Encode())
}

// told says whether pages have a sentence for an error.
func told(err error) bool {
	var failure signin.Failure
	var refusal identity.Refusal
	return errors.As(err, &failure) || errors.As(err, &refusal)
}

// Send answers 303 without a body: what a provider's URL holds is not repeated in one.
func Send(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.Header().Set("Content-Type", Page)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
