package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// FlowLife is how long a browser may take on its way to a provider and back.
const FlowLife = 10 * time.Minute

const maxReturnTo = 1024

// flowRecord is a flow that waits, under the hash of its state.
type flowRecord struct {
	Provider  string    `json:"provider"`
	Workspace string    `json:"workspace,omitempty"`
	Issuer    string    `json:"issuer"`
	ClientID  string    `json:"clientId"`
	Browser   string    `json:"browser"` // the hash of the cookie's secret
	ReturnTo  string    `json:"returnTo"`
	Redirect  string    `json:"redirect"`
	Started   time.Time `json:"started"`
	ExpiresAt time.Time `json:"expiresAt"`
	// LinkTo is the session whose person links an identity, "" for a sign-in.
	LinkTo string `json:"linkTo,omitempty"`
}

func flowKey(state string) table.Key { return table.Key{PK: "FLOW#" + hashed(state), SK: "0"} }

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func random() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// derived makes one of a flow's values of the browser's secret: it need not be kept.
func derived(browser, state, purpose string) string {
	mac := hmac.New(sha256.New, []byte(browser))
	mac.Write([]byte(purpose + "|" + state))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Departure is what a browser needs to go to a provider.
type Departure struct {
	URL string
	// Browser is the secret that the browser keeps until it is back.
	Browser string
}

// Start begins a flow. browser is the secret that the browser has of another flow,
// "" for none. returnTo is where it wants to be afterwards, a path of this product.
func (s *Service) Start(ctx context.Context, workspace, providerID, returnTo, browser string) (Departure, error) {
	return s.depart(ctx, workspace, providerID, returnTo, browser, "")
}

// StartLink begins a flow that links an identity to the account of who is signed in: of
// the operator's providers, or of those of the workspace that they are in. Only the
// session that began it can end it.
func (s *Service) StartLink(ctx context.Context, who identity.Principal, workspace, providerID string) (Departure, error) {
	if workspace != "" && workspace != who.WorkspaceID {
		return Departure{}, Missing
	}
	return s.depart(ctx, workspace, providerID, "/", "", who.SessionID)
}

func (s *Service) depart(ctx context.Context, workspace, providerID, returnTo, browser, linkTo string) (Departure, error) {
	p, err := s.find(ctx, workspace, providerID)
	if err != nil {
		return Departure{}, err
	}
	if s.publicURL() == "" {
		return Departure{}, errors.Join(Missing, errors.New("signin: no public URL to come back to"))
	}
	if len(browser) != len(random()) {
		browser = random()
	}
	state, now := random(), s.now().UTC()
	rec := flowRecord{Provider: p.ID, Workspace: p.Workspace, Issuer: p.Issuer, ClientID: p.ClientID, Browser: hashed(browser), ReturnTo: Path(returnTo),
		Redirect: s.RedirectURI(p.ID), Started: now, ExpiresAt: now.Add(FlowLife), LinkTo: linkTo}
	challenge := sha256.Sum256([]byte(derived(browser, state, "verifier")))
	to, err := s.protocol.URL(ctx, p, Ask{State: state, Nonce: derived(browser, state, "nonce"), RedirectURI: rec.Redirect,
		Challenge: base64.RawURLEncoding.EncodeToString(challenge[:])})
	if err != nil {
		return Departure{}, err
	}
	data, err := json.Marshal(rec)
	if err != nil {
		return Departure{}, err
	}
	_, err = s.store.Put(tenant.WithSystem(ctx), table.Item{Key: flowKey(state), Data: data, ExpiresAt: rec.ExpiresAt}, table.Absent())
	return Departure{URL: to, Browser: browser}, err
}

// Return is what a browser brings back from a provider.
type Return struct {
	State, Code, Error, Issuer string
	// Browser is the secret in its cookie.
	Browser string
}

// Arrival is who came back, and where to.
type Arrival struct {
	Grant    identity.Grant
	ReturnTo string
	// Workspace is whose provider it was, known also where nobody was signed in.
	Workspace string
	// Linking: an identity was to be linked; nobody is signed in by it.
	Linking bool
}

// RedirectURI is where a provider sends browsers back to.
func (s *Service) RedirectURI(providerID string) string {
	return s.publicURL() + "/api/auth/" + providerID + "/callback"
}

// SignInURL is the page of sign-in with a workspace's own ways.
func (s *Service) SignInURL(workspace string) string {
	return s.publicURL() + "/login?workspace=" + workspace
}

// Finish ends a flow: whatever comes of it, its state is used up. Errors carry a
// Failure or an identity.Refusal where they are the browser's or the provider's.
func (s *Service) Finish(ctx context.Context, providerID string, r Return) (Arrival, error) {
	flow, err := s.take(ctx, providerID, r)
	if err != nil {
		return Arrival{}, err
	}
	to := Arrival{ReturnTo: flow.ReturnTo, Workspace: flow.Workspace, Linking: flow.LinkTo != ""}
	who, _ := identity.PrincipalFrom(ctx)
	if to.Linking && who.SessionID != flow.LinkTo {
		return to, Elsewhere // signed out meanwhile, or as somebody else
	}
	p, err := s.find(ctx, flow.Workspace, flow.Provider)
	if err != nil {
		return to, err
	}
	switch {
	case p.Issuer != flow.Issuer || p.ClientID != flow.ClientID:
		return to, Expired // configured anew meanwhile
	case r.Error == "access_denied" || r.Error == "login_required" || r.Error == "consent_required" || r.Error == "interaction_required":
		return to, Denied
	case r.Error != "" || r.Code == "":
		return to, Invalid
	}
	if p, err = s.opened(ctx, p); err != nil {
		return to, err
	}
	person, err := s.protocol.Redeem(ctx, p, Answer{Code: r.Code, Issuer: r.Issuer, RedirectURI: flow.Redirect, Started: flow.Started,
		Nonce: derived(r.Browser, r.State, "nonce"), Verifier: derived(r.Browser, r.State, "verifier")})
	if err != nil {
		return to, err
	}
	e := identity.External{Provider: p.ID, Issuer: person.Issuer, Subject: person.Subject, Email: person.Email, Name: person.Name,
		EmailVerified: person.EmailVerified, Workspace: p.Workspace, Home: p.Home, Role: p.role(person.Claims), DefaultRole: p.DefaultRole,
		JIT: p.JIT, Domains: p.Domains, SessionID: person.SessionID, Ending: person.Ending, IDToken: person.IDToken}
	if to.Linking {
		return to, s.people.Link(ctx, who, e)
	}
	if p.SessionHours > 0 {
		e.Until = s.now().Add(time.Duration(p.SessionHours) * time.Hour)
	}
	to.Grant, err = s.people.SignInExternal(ctx, e)
	return to, err
}

// take reads a flow and uses it up, in one: of two that bring the same state one is
// served. The browser is looked at first, so that nobody else can use a flow up.
func (s *Service) take(ctx context.Context, providerID string, r Return) (flowRecord, error) {
	ctx = tenant.WithSystem(ctx)
	if r.State == "" || len(r.State) > maxText {
		return flowRecord{}, Expired
	}
	flow, version, err := table.GetJSON[flowRecord](ctx, s.store, flowKey(r.State))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return flowRecord{}, Expired
	case err != nil:
		return flowRecord{}, err
	case r.Browser == "" || !hmac.Equal([]byte(hashed(r.Browser)), []byte(flow.Browser)):
		return flowRecord{}, Elsewhere
	}
	switch err := s.store.Delete(ctx, flowKey(r.State), table.IfVersion(version)); {
	case errors.Is(err, table.ErrCondition):
		return flowRecord{}, Expired
	case err != nil:
		return flowRecord{}, err
	case flow.Provider != providerID || !flow.ExpiresAt.After(s.now()):
		return flowRecord{}, Expired
	}
	return flow, nil
}

// Path makes sure that a browser stays here: one absolute path, with its query. What
// could be read as another host, or is none of the pages, is "/".
func Path(to string) string {
	if len(to) > maxReturnTo || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "/api/") ||
		strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) || strings.Contains(to, "//") {
		return "/"
	}
	return to
}

// Code is what the page of sign-in is told of an error: a Failure, a Refusal, else "failed".
func Code(err error) string {
	var failure Failure
	var refusal identity.Refusal
	switch {
	case errors.As(err, &failure):
		return string(failure)
	case errors.As(err, &refusal):
		return string(refusal)
	case apierr.CodeOf(err) == apierr.Unavailable:
		return string(Unreachable)
	}
	return "failed"
}
