package signin

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
)

// page is what a browser gets: nothing to read, it is sent on.
const page = "text/html"

// flowCookie holds the browser's secret of a flow. With __Host- no other host of the
// domain, and no plain http, can put one of theirs in its place.
func (h handlers) flowCookie() string {
	if h.cookies.Secure {
		return "__Host-apiq_signin"
	}
	return "apiq_signin"
}

// browser is the secret that the browser has, "" for none.
func (h handlers) browser(r *http.Request) string {
	c, err := r.Cookie(h.flowCookie())
	if err != nil {
		return ""
	}
	return c.Value
}

func (h handlers) start(w http.ResponseWriter, r *http.Request, in *StartIn) error {
	d, err := h.service.Start(r.Context(), in.Workspace, in.Provider, in.ReturnTo, h.browser(r))
	if err != nil {
		return h.refuse(w, err, in.Workspace)
	}
	// Lax: the way back is a navigation from the provider's site.
	http.SetCookie(w, &http.Cookie{Name: h.flowCookie(), Value: d.Browser, Path: "/", MaxAge: int(signin.FlowLife.Seconds()), HttpOnly: true, Secure: h.cookies.Secure, SameSite: http.SameSiteLaxMode}) // #nosec G124 -- Secure but on loopback without TLS
	return send(w, d.URL)
}

func (h handlers) callback(w http.ResponseWriter, r *http.Request, in *CallbackIn) error {
	a, err := h.service.Finish(r.Context(), in.Provider, signin.Return{State: in.State, Code: in.Code, Error: in.Error, Issuer: in.Issuer, Browser: h.browser(r)})
	if err != nil {
		return h.refuse(w, err, a.Workspace)
	}
	http.SetCookie(w, h.cookies.Session(a.Grant))
	return send(w, a.ReturnTo)
}

// refuse sends the browser back to the page of sign-in, which has a sentence for the
// code. What is our own fault is told as any other.
func (h handlers) refuse(w http.ResponseWriter, err error, workspace string) error {
	var failure signin.Failure
	var refusal identity.Refusal
	if !errors.As(err, &failure) && !errors.As(err, &refusal) {
		return err
	}
	q := url.Values{"error": {signin.Code(err)}}
	if workspace != "" && len(workspace) < 64 {
		q.Set("workspace", workspace)
	}
	return send(w, "/login?"+q.Encode())
}

// send answers 303 without a body: what a provider's URL holds is not repeated in one.
func send(w http.ResponseWriter, to string) error {
	w.Header().Set("Location", to)
	w.Header().Set("Content-Type", page)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
