package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/signin"
)

const (
	maxToken = 64 << 10
	// skew is how far a provider's clock may be off.
	skew = time.Minute
)

// URL implements signin.Protocol.
func (c *Client) URL(ctx context.Context, p signin.Provider, ask signin.Ask) (string, error) {
	m, err := c.metadata(ctx, p.Issuer)
	if err != nil {
		return "", unusable(err)
	}
	u, err := url.Parse(m.Authorization)
	if err != nil {
		return "", unusable(err)
	}
	q := u.Query()
	for name, value := range map[string]string{"response_type": "code", "client_id": p.ClientID, "redirect_uri": ask.RedirectURI, "scope": strings.Join(append([]string{"openid"}, p.Scopes...), " "),
		"state": ask.State, "nonce": ask.Nonce, "code_challenge": ask.Challenge, "code_challenge_method": "S256"} {
		q.Set(name, value)
	}
	if p.ID == signin.Google && len(p.Domains) == 1 {
		q.Set("hd", p.Domains[0]) // a help for the person; the check is by the claim
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Redeem implements signin.Protocol.
func (c *Client) Redeem(ctx context.Context, p signin.Provider, a signin.Answer) (signin.Person, error) {
	m, err := c.metadata(ctx, p.Issuer)
	if err != nil {
		return signin.Person{}, unusable(err)
	}
	// Who sent the answer is judged before the code is sent to anyone (RFC 9207, 2.4).
	if a.Issuer == "" && m.TellsIssuer || a.Issuer != "" && a.Issuer != m.Issuer && !manyTenants(p.Issuer) {
		return signin.Person{}, invalid("the answer is of issuer %q", clip(a.Issuer))
	}
	style := oauth2.AuthStyleInHeader
	if len(m.AuthMethods) > 0 && !slices.Contains(m.AuthMethods, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	config := oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret.Reveal(), RedirectURL: a.RedirectURI,
		Endpoint: oauth2.Endpoint{TokenURL: m.Token, AuthStyle: style}}
	token, err := config.Exchange(gooidc.ClientContext(ctx, c.http), a.Code, oauth2.VerifierOption(a.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < 500:
		return signin.Person{}, invalid("the code was not taken: %s", clip(refused.ErrorCode))
	case err != nil:
		return signin.Person{}, unusable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	claims, err := c.verify(ctx, m, p, raw)
	if err != nil {
		return signin.Person{}, err
	}
	if err := claims.signsIn(a, c.now()); err != nil {
		return signin.Person{}, err
	}
	if err := c.complete(ctx, m, p, token.AccessToken, claims.all); err != nil {
		return signin.Person{}, err
	}
	who := person(p, claims)
	if m.EndSession != "" {
		who.Ending = &identity.Ending{URL: m.EndSession, ClientID: p.ClientID}
		who.IDToken = secret.New(raw)
	}
	return who, nil
}

// claimSet is an ID token's or a logout token's, checked.
type claimSet struct {
	Issuer   string                     `json:"iss"`
	Subject  string                     `json:"sub"`
	Nonce    string                     `json:"nonce"`
	Party    string                     `json:"azp"`
	Tenant   string                     `json:"tid"`
	SID      string                     `json:"sid"`
	ID       string                     `json:"jti"`
	Events   map[string]json.RawMessage `json:"events"`
	kind     string                     // the header's typ
	audience []string
	issuedAt time.Time
	expires  time.Time
	all      map[string]any
}

// verify checks what ID tokens and logout tokens have in common (OpenID Connect Core,
// 3.1.3.7): the signature under a key of the provider's, whatever jku, jwk or x5u is
// named, and what does not depend on what the token is for.
func (c *Client) verify(ctx context.Context, m *metadata, p signin.Provider, raw string) (claimSet, error) {
	if raw == "" || len(raw) > maxToken {
		return claimSet{}, invalid("a token of %d bytes", len(raw))
	}
	kind, err := plainHeader(raw)
	if err != nil {
		return claimSet{}, err
	}
	verifier := gooidc.NewVerifier(m.Issuer, m.keys, &gooidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms(), SkipIssuerCheck: true, Now: func() time.Time { return c.now().Add(-skew) }})
	token, err := verifier.Verify(gooidc.ClientContext(ctx, c.http), raw)
	if err != nil {
		return claimSet{}, errors.Join(signin.Invalid, err)
	}
	set := claimSet{kind: kind, audience: token.Audience, issuedAt: token.IssuedAt, expires: token.Expiry}
	if err := errors.Join(token.Claims(&set), token.Claims(&set.all)); err != nil {
		return claimSet{}, errors.Join(signin.Invalid, err)
	}
	want := m.Issuer
	if manyTenants(p.Issuer) {
		if set.Tenant == "" || strings.ContainsAny(set.Tenant, "/{}?#") {
			return claimSet{}, invalid("no directory is named")
		}
		want = strings.ReplaceAll(want, tenantHole, set.Tenant)
	}
	switch {
	case set.Issuer != want:
		return claimSet{}, invalid("the token is of issuer %q", clip(set.Issuer))
	case set.Party != "" && set.Party != p.ClientID, set.Party == "" && len(set.audience) > 1:
		return claimSet{}, invalid("the token was made for another party")
	}
	return set, nil
}

// plainHeader gives the type that a token says it is of. It refuses "crit", which asks
// for extensions that we don't know (RFC 7515, 4.1.11).
func plainHeader(raw string) (kind string, err error) {
	head, _, _ := strings.Cut(raw, ".")
	text, err := decode(head)
	if err != nil {
		return "", invalid("the token has no header")
	}
	var h map[string]json.RawMessage
	if err := json.Unmarshal(text, &h); err != nil {
		return "", invalid("the token's header is not JSON")
	}
	if _, ok := h["crit"]; ok {
		return "", invalid("the token has critical extensions")
	}
	if typ, ok := h["typ"]; ok && json.Unmarshal(typ, &kind) != nil {
		return "", invalid("the token's type is no text")
	}
	return kind, nil
}

// signsIn checks that it is an ID token that was made for this flow, in its time.
func (s claimSet) signsIn(a signin.Answer, now time.Time) error {
	switch {
	case s.Subject == "":
		return invalid("the token names nobody")
	case s.Events[logoutEvent] != nil:
		return invalid("this is a logout token")
	case subtle.ConstantTimeCompare([]byte(s.Nonce), []byte(a.Nonce)) != 1:
		return invalid("the token's nonce is of another flow")
	case s.issuedAt.IsZero() || s.issuedAt.After(now.Add(skew)) || s.issuedAt.Before(a.Started.Add(-skew)):
		return invalid("the token was issued at %v, in a flow from %v", s.issuedAt, a.Started)
	}
	return nil
}

// complete asks for what the ID token leaves out and the person is known by.
func (c *Client) complete(ctx context.Context, m *metadata, p signin.Provider, access string, claims map[string]any) error {
	_, email := claims["email"]
	root, _, _ := strings.Cut(p.Claim, ".")
	_, whole := claims[p.Claim]
	_, part := claims[root]
	if email && (p.Claim == "" || whole || part) || m.UserInfo == "" || access == "" {
		return nil
	}
	var more map[string]any
	if err := c.getJSON(ctx, m.UserInfo, access, &more); err != nil {
		return unusable(err)
	}
	// A token may have been swapped for another person's (OpenID Connect Core, 5.3.2).
	if more["sub"] != claims["sub"] {
		return invalid("userinfo speaks of somebody else")
	}
	for name, v := range more {
		if _, ok := claims[name]; !ok {
			claims[name] = v
		}
	}
	return nil
}

func person(p signin.Provider, s claimSet) signin.Person {
	text := func(name string) string { t, _ := s.all[name].(string); return t }
	out := signin.Person{Issuer: s.Issuer, Subject: s.Subject, Email: text("email"), Name: text("name"), SessionID: s.SID, Claims: s.all}
	out.Name = cmp.Or(out.Name, strings.TrimSpace(text("given_name")+" "+text("family_name")), text("preferred_username"))
	word, said := s.all["email_verified"]
	switch host := hostOf(s.Issuer); {
	case host == "accounts.google.com" || p.ID == signin.Google:
		// Google speaks for its own addresses and for domains that it hosts; any other was
		// somebody's once (Google, "Verify the Google ID token", email).
		hosted := text("hd")
		out.EmailVerified = yes(word) && (hosted != "" && strings.HasSuffix(strings.ToLower(out.Email), "@"+strings.ToLower(hosted)) || strings.HasSuffix(strings.ToLower(out.Email), "@gmail.com"))
	case entra(host) || p.ID == signin.Azure:
		// Entra ID leaves email_verified out; xms_edov tells that the domain's owner was
		// verified. Without it anybody's own directory could name any address.
		edov, told := s.all["xms_edov"]
		out.EmailVerified = told && yes(edov) || !told && p.TrustEmail && !manyTenants(p.Issuer)
	default:
		out.EmailVerified = said && yes(word) || !said && p.TrustEmail
	}
	return out
}

func hostOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// yes reads a boolean as providers write it.
func yes(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v == "true" || v == "1"
	case float64:
		return v == 1
	}
	return false
}

func invalid(format string, args ...any) error {
	return errors.Join(signin.Invalid, fmt.Errorf("oidc: "+format, args...))
}

func unusable(err error) error { return errors.Join(signin.Unreachable, err) }
