package saml_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/signin/saml"
	"github.com/apiq/apiq/shared/tenant"
)

// signIn goes the whole way.
func (h *home) signIn() (identity.Grant, identity.Principal) {
	h.t.Helper()
	response, state := h.answer(h.depart())
	ticket, err := h.Answer(h.t.Context(), h.workspace, response, state)
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := h.Finish(h.t.Context(), h.workspace, ticket, h.browser)
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.people.Authenticate(h.t.Context(), a.Grant.Token)
	if err != nil {
		h.t.Fatal(err)
	}
	return a.Grant, p
}

func (h *home) live(g identity.Grant) bool {
	_, err := h.people.Authenticate(h.t.Context(), g.Token)
	return err == nil
}

// speaker signs as a provider does that wishes sessions to end.
func (h *home) speaker(p pair) *crewjam.ServiceProvider {
	return &crewjam.ServiceProvider{EntityID: h.idp.Metadata().EntityID, Key: p.key, Certificate: p.certificate, LogoutSignatureMethod: dsig.RSASHA256SignatureMethod,
		IDPMetadata: &crewjam.EntityDescriptor{EntityID: public}, Clock: dsig.NewFakeClockAt(h.now())}
}

// wish is a provider's that sessions of a person end; signed under p, changed by bend before.
func (h *home) wish(p pair, name identity.NameID, bend func(*crewjam.LogoutRequest), indexes ...string) (*crewjam.ServiceProvider, *crewjam.LogoutRequest) {
	h.t.Helper()
	sp := h.speaker(p)
	method := sp.LogoutSignatureMethod
	sp.LogoutSignatureMethod = ""
	req, err := sp.MakeLogoutRequest(h.Addresses(h.workspace).SLO, name.Value, crewjam.WithSessionIndexes(indexes...))
	if err != nil {
		h.t.Fatal(err)
	}
	req.NameID.Format = name.Format
	if bend != nil {
		bend(req)
	}
	sp.LogoutSignatureMethod = method
	return sp, req
}

// redirected sends it as an address, posted as a form.
func (h *home) redirected(sp *crewjam.ServiceProvider, req *crewjam.LogoutRequest) *http.Request {
	h.t.Helper()
	u, err := sp.RedirectLogoutRequestURL(req, "their-state")
	if err != nil {
		h.t.Fatal(err)
	}
	return httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, u.String(), http.NoBody)
}

func (h *home) posted(sp *crewjam.ServiceProvider, req *crewjam.LogoutRequest) *http.Request {
	h.t.Helper()
	if err := sp.SignLogoutRequest(req); err != nil {
		h.t.Fatal(err)
	}
	d := etree.NewDocument()
	d.SetRoot(req.Element())
	return h.form(encoded(h.t, d))
}

func (h *home) form(message string) *http.Request {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, h.Addresses(h.workspace).SLO, strings.NewReader(url.Values{"SAMLRequest": {message}, "RelayState": {"their-state"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := r.ParseForm(); err != nil {
		h.t.Fatal(err)
	}
	return r
}

// TestLogoutAtProvider: whoever signs out here is sent to the provider with a signed
// request that names them and their session there.
func TestLogoutAtProvider(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	exit := signin.Exit{PublicURL: func() string { return public }, Store: h.store, Now: h.now}
	leave := func() (ticket string, p identity.Principal) {
		g, p := h.signIn()
		over, err := h.people.Logout(tenant.With(t.Context(), h.workspace), p)
		if err != nil || h.live(g) {
			t.Fatalf("still signed in, %v", err)
		}
		u := parse(t, exit.After(t.Context(), over))
		if u.Path != "/api/auth/saml/"+h.workspace+"/logout" {
			t.Fatalf("sent to %s", u.String())
		}
		return u.Query().Get("ticket"), p
	}
	ticket, p := leave()
	to, err := h.Leave(t.Context(), h.workspace, ticket)
	if err != nil || !strings.HasPrefix(to, "https://idp.example/slo?") {
		t.Fatalf("sent to %q, %v", to, err)
	}
	ours, err := h.GetServiceProvider(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	// Their end of it, by the same library: the signature is of the key in our metadata.
	their := &crewjam.ServiceProvider{SloURL: parse(t, "https://idp.example/slo"), IDPMetadata: &crewjam.EntityDescriptor{EntityID: ours.EntityID,
		IDPSSODescriptors: []crewjam.IDPSSODescriptor{{SSODescriptor: ours.SPSSODescriptors[0].SSODescriptor}}}, Clock: dsig.NewFakeClockAt(h.now()), IgnoreCertificateExpiry: true}
	req, err := their.ValidateLogoutRequest(httptest.NewRequestWithContext(t.Context(), http.MethodGet, to, http.NoBody))
	if err != nil {
		var invalid *crewjam.InvalidResponseError
		if errors.As(err, &invalid) {
			err = invalid.PrivateErr
		}
		t.Fatal(err)
	}
	if req.NameID.Value != "ada@corp.example" || req.NameID.Format != string(crewjam.EmailAddressNameIDFormat) || len(req.AllSessionIndexes()) != 1 || req.AllSessionIndexes()[0].Value != p.Via.SessionID {
		t.Errorf("%+v", req)
	}
	for name, try := range map[string]func() (string, error){
		"a ticket that was used": func() (string, error) { return h.Leave(t.Context(), h.workspace, ticket) },
		"none":                   func() (string, error) { return h.Leave(t.Context(), h.workspace, "") },
		"one of another workspace": func() (string, error) {
			other, _ := leave()
			return h.Leave(t.Context(), "wsp_0190aaaa-0000-7000-8000-000000000000", other)
		},
		"one that is a minute old": func() (string, error) {
			late, _ := leave()
			h.pass(time.Minute)
			return h.Leave(t.Context(), h.workspace, late)
		},
		"of a provider that is out of use": func() (string, error) {
			off, _ := leave()
			h.save(func(c *saml.Config) { c.Enabled = false })
			return h.Leave(t.Context(), h.workspace, off)
		},
	} {
		var failure signin.Failure
		if to, err := try(); to != "" || !errors.As(err, &failure) {
			t.Errorf("%s: %q, %v", name, to, err)
		}
		h.save(func(*saml.Config) {})
	}
	answered := httptest.NewRequestWithContext(t.Context(), http.MethodGet, h.Addresses(h.workspace).SLO+"?SAMLResponse=x", http.NoBody)
	if to, err := h.Ended(t.Context(), h.workspace, answered); err != nil || to != "/login?signedOut=1&workspace="+h.workspace {
		t.Errorf("back from there: %q, %v", to, err)
	}
}

// TestEndedByProvider: a provider's signed wish ends what it names, once, and is answered.
func TestEndedByProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		transient, all, post bool
	}{
		"one session, as an address":    {},
		"one session, as a form":        {post: true},
		"all of a person's":             {all: true},
		"one of a name for one sign-in": {transient: true},
		"one of such a name, as a form": {transient: true, post: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			sent := func(p identity.Principal) *http.Request {
				named := []string{p.Via.SessionID}
				if c.all {
					named = nil
				}
				sp, req := h.wish(theirs(), *p.Via.Ending.NameID, nil, named...)
				if c.post {
					return h.posted(sp, req)
				}
				return h.redirected(sp, req)
			}
			if c.transient {
				h.session.NameID, h.session.NameIDFormat = "_one", string(crewjam.TransientNameIDFormat)
			}
			first, p := h.signIn()
			if c.transient {
				h.session.NameID = "_two"
			}
			second, _ := h.signIn()
			r := sent(p)
			to, err := h.Ended(t.Context(), h.workspace, r)
			if err != nil {
				t.Fatal(err)
			}
			u := parse(t, to)
			if !strings.HasPrefix(to, "https://idp.example/slo?") || u.Query().Get("SAMLResponse") == "" || u.Query().Get("Signature") == "" || u.Query().Get("RelayState") != "their-state" {
				t.Errorf("answered %s", to)
			}
			if h.live(first) || h.live(second) == c.all || !h.live(h.admin) {
				t.Errorf("live: %t, the other %t, the admin's %t", h.live(first), h.live(second), h.live(h.admin))
			}
			page, err := h.trail.List(h.ctx, audit.Filter{}, 1, "")
			if err != nil || page.Records[0].Action != "user.logout" || page.Records[0].Resource != first.User.ID || page.Records[0].Message != "signed out at saml" {
				t.Errorf("%+v %v", page, err)
			}
			again, _ := h.signIn()
			if _, err := h.Ended(t.Context(), h.workspace, r); !errors.Is(err, signin.Invalid) || !h.live(again) {
				t.Errorf("used again: %v", err)
			}
		})
	}
}

// TestEndedByProviderRefused: wishes that do not stand end nothing.
func TestEndedByProviderRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	g, p := h.signIn()
	ada := *p.Via.Ending.NameID
	good := func(bend func(*crewjam.LogoutRequest)) (*crewjam.ServiceProvider, *crewjam.LogoutRequest) {
		return h.wish(theirs(), ada, bend, p.Via.SessionID)
	}
	evil := func(d *etree.Document, change func(*etree.Element)) *etree.Element {
		e := d.Root().Copy()
		for _, s := range e.FindElements("./Signature") {
			e.RemoveChild(s)
		}
		e.CreateAttr("ID", "evil")
		change(e)
		return e
	}
	// What is signed is of nobody; the evil one names ada.
	wrapped := func(wrap func(d *etree.Document, evil *etree.Element)) func() *http.Request {
		return func() *http.Request {
			sp, req := h.wish(theirs(), identity.NameID{Value: "stranger@corp.example", Format: ada.Format}, nil)
			d := document(t, h.posted(sp, req).PostForm.Get("SAMLRequest"))
			wrap(d, evil(d, func(e *etree.Element) { e.FindElement("./NameID").SetText(ada.Value) }))
			return h.form(encoded(t, d))
		}
	}
	edited := func(change func(d *etree.Document)) func() *http.Request {
		return func() *http.Request {
			d := document(t, h.posted(good(nil)).PostForm.Get("SAMLRequest"))
			change(d)
			return h.form(encoded(t, d))
		}
	}
	query := func(change func(q url.Values)) func() *http.Request {
		return func() *http.Request {
			r := h.redirected(good(nil))
			q := r.URL.Query()
			change(q)
			r.URL.RawQuery = q.Encode()
			return r
		}
	}
	bent := func(bend func(*crewjam.LogoutRequest)) func() *http.Request {
		return func() *http.Request { return h.redirected(good(bend)) }
	}
	for name, make := range map[string]func() *http.Request{
		"nothing":   func() *http.Request { return h.form("") },
		"no base64": func() *http.Request { return h.form("%%%") },
		"too large": func() *http.Request { return h.form(strings.Repeat("A", 400<<10)) },
		"a document type": func() *http.Request {
			return h.form(base64.StdEncoding.EncodeToString([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)))
		},
		"not signed, as an address": func() *http.Request {
			sp, req := good(nil)
			sp.LogoutSignatureMethod = ""
			return h.redirected(sp, req)
		},
		"not signed, as a form":       edited(unsign),
		"another key, as an address":  func() *http.Request { return h.redirected(h.wish(mallorys(), ada, nil, p.Via.SessionID)) },
		"another key, as a form":      func() *http.Request { return h.posted(h.wish(mallorys(), ada, nil, p.Via.SessionID)) },
		"signed under SHA-1":          edited(func(d *etree.Document) { resign(t, d, theirs(), dsig.RSASHA1SignatureMethod) }),
		"the signature taken off":     query(func(q url.Values) { q.Del("Signature") }),
		"the algorithm taken off":     query(func(q url.Values) { q.Del("SigAlg") }),
		"another state than signed":   query(func(q url.Values) { q.Set("RelayState", "x") }),
		"another name than signed":    edited(func(d *etree.Document) { d.FindElement("//NameID").SetText("other@corp.example") }),
		"another session than signed": edited(func(d *etree.Document) { d.FindElement("//SessionIndex").SetText("other") }),
		"a comment in the name":       edited(func(d *etree.Document) { d.FindElement("//NameID").CreateComment("x") }),
		"of another issuer":           bent(func(r *crewjam.LogoutRequest) { r.Issuer.Value = "https://evil.example/metadata" }),
		"of no issuer":                bent(func(r *crewjam.LogoutRequest) { r.Issuer = nil }),
		"for another address":         bent(func(r *crewjam.LogoutRequest) { r.Destination = public + "/api/auth/saml/wsp_other/slo" }),
		"of another version":          bent(func(r *crewjam.LogoutRequest) { r.Version = "1.1" }),
		"of an hour ago":              bent(func(r *crewjam.LogoutRequest) { r.IssueInstant = h.now().Add(-time.Hour) }),
		"of later":                    bent(func(r *crewjam.LogoutRequest) { r.IssueInstant = h.now().Add(time.Hour) }),
		"run out":                     bent(func(r *crewjam.LogoutRequest) { at := h.now().Add(-time.Hour); r.NotOnOrAfter = &at }),
		"of no name":                  bent(func(r *crewjam.LogoutRequest) { r.NameID.Value = "" }),
		"of a name for one sign-in": func() *http.Request {
			return h.redirected(h.wish(theirs(), identity.NameID{Value: "_x", Format: string(crewjam.TransientNameIDFormat)}, nil))
		},
		"of more sessions than anyone has": func() *http.Request {
			var many []string
			for i := range 51 {
				many = append(many, fmt.Sprint(i))
			}
			return h.redirected(h.wish(theirs(), ada, nil, many...))
		},
		"wrapped: the signed one inside": wrapped(func(d *etree.Document, evil *etree.Element) {
			signed := d.Root()
			evil.AddChild(signed.Copy())
			d.SetRoot(evil)
		}),
		"wrapped: the signed one in the signature": wrapped(func(d *etree.Document, evil *etree.Element) {
			signed := d.Root().Copy()
			s := signed.FindElement("./Signature")
			signed.RemoveChild(s)
			s.AddChild(signed)
			evil.InsertChildAt(1, s)
			d.SetRoot(evil)
		}),
		"wrapped: the signed one beside the signature": wrapped(func(d *etree.Document, evil *etree.Element) {
			signed := d.Root().Copy()
			s := signed.FindElement("./Signature")
			signed.RemoveChild(s)
			evil.InsertChildAt(1, signed)
			evil.InsertChildAt(2, s)
			d.SetRoot(evil)
		}),
		"wrapped: under the signed one's id": wrapped(func(d *etree.Document, evil *etree.Element) {
			signed := d.Root().Copy()
			evil.CreateAttr("ID", signed.SelectAttrValue("ID", ""))
			s := signed.FindElement("./Signature")
			evil.InsertChildAt(1, s.Copy())
			extensions := etree.NewElement("samlp:Extensions")
			extensions.AddChild(signed)
			evil.AddChild(extensions)
			d.SetRoot(evil)
		}),
	} {
		to, err := h.Ended(t.Context(), h.workspace, make())
		if !errors.Is(err, signin.Invalid) || to != "" {
			t.Errorf("%s: %q, %v", name, to, err)
		}
		if !h.live(g) {
			t.Fatalf("%s: the session has ended", name)
		}
	}
	// Another's wish for a session that is not theirs ends nothing, and is no error.
	sp, req := h.wish(theirs(), identity.NameID{Value: "eve@corp.example", Format: ada.Format}, nil, p.Via.SessionID)
	if _, err := h.Ended(t.Context(), h.workspace, h.redirected(sp, req)); err != nil || !h.live(g) {
		t.Errorf("of somebody else: %v, live %t", err, h.live(g))
	}
	if _, err := h.Ended(t.Context(), "wsp_none", h.redirected(good(nil))); !errors.Is(err, signin.Missing) {
		t.Errorf("of no workspace: %v", err)
	}
}
