package signin

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
)

// The ids of providers: a workspace has at most one of each.
const (
	Okta    = "okta"
	Google  = "google"
	Azure   = "azure"
	Generic = "generic"
)

// GoogleIssuer is the one that Google has.
const GoogleIssuer = "https://accounts.google.com"

// IDs lists them in the order that pages show them in.
func IDs() []string { return []string{Okta, Google, Azure, Generic} }

// title is what a provider is called where nobody says otherwise.
func title(id string) string {
	return map[string]string{Okta: "Okta", Google: "Google", Azure: "Microsoft Entra ID", Generic: "Single sign-on"}[id]
}

// Provider is one way to sign in.
type Provider struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Issuer   string        `json:"issuer"`
	ClientID string        `json:"clientId"`
	Secret   secret.Secret `json:"-"`
	// Scopes are asked for besides openid. Defaults to profile and email.
	Scopes []string `json:"scopes"`
	// Domains are those that an e-mail must be of. Empty: any.
	Domains []string `json:"domains"`
	// Claim holds what Roles maps: a name, or a path with dots. Empty: no mapping.
	Claim string                `json:"claim"`
	Roles map[string]route.Role `json:"roles"`
	// DefaultRole is whose claim maps to nothing. Defaults to USER.
	DefaultRole route.Role `json:"defaultRole"`
	// JIT makes the account of a person who has none.
	JIT     bool `json:"jit"`
	Enabled bool `json:"enabled"`
	// TrustEmail takes an address for verified where the provider does not say: for
	// one whose admins give out addresses, and nobody chooses their own.
	TrustEmail bool `json:"trustEmail"`
	// SessionHours bounds how long a sign-in lasts. Zero: as any session.
	SessionHours int       `json:"sessionHours"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
	Version      int64     `json:"-"`

	// Workspace is whose it is; empty for the operator's.
	Workspace string `json:"-"`
	// Home is the workspace that the operator's brings people to; empty: their own.
	Home string `json:"-"`
}

// Bounds of a provider's configuration.
const (
	maxText    = 255
	maxScopes  = 20
	maxDomains = 50
	maxRoles   = 50
	maxHours   = 24 * 7
)

// normal brings a configuration into its one form and lists what is wrong with it.
func (p Provider) normal() (Provider, []apierr.Problem) {
	var faults []apierr.Problem
	bad := func(path, code, message string) {
		faults = append(faults, apierr.Problem{Path: path, Code: code, Message: message})
	}
	p.Name = cmp.Or(strings.TrimSpace(p.Name), title(p.ID))
	if p.ID == Google {
		p.Issuer = cmp.Or(p.Issuer, GoogleIssuer)
	}
	p.Issuer, p.ClientID, p.Claim = strings.TrimSpace(p.Issuer), strings.TrimSpace(p.ClientID), strings.TrimSpace(p.Claim)
	for path, text := range map[string]string{"/name": p.Name, "/clientId": p.ClientID, "/claim": p.Claim} {
		if len(text) > maxText || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			bad(path, "length", "May have at most 255 bytes, in one line.")
		}
	}
	if p.ClientID == "" {
		bad("/clientId", "required", "Give the client id that the provider made for this application.")
	}
	if message := issuerFault(p.ID, p.Issuer); message != "" {
		bad("/issuer", "issuer", message)
	}
	if p.TrustEmail && manyTenants(p.Issuer) {
		bad("/trustEmail", "conflict", "Anybody can make a directory of their own at this issuer and give out addresses in it. Name the one directory in the issuer, or leave this off.")
	}
	p.Scopes = cleaned(p.Scopes)
	if len(p.Scopes) == 0 {
		p.Scopes = []string{"profile", "email"}
	}
	for _, s := range p.Scopes {
		if !scopeText(s) || len(p.Scopes) > maxScopes {
			bad("/scopes", "scopes", "Give at most 20 scopes, each without spaces and quotes.")
			break
		}
	}
	for i, d := range p.Domains {
		p.Domains[i] = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
	}
	p.Domains = cleaned(p.Domains)
	for _, d := range p.Domains {
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "@/ *:") || len(d) > 253 || len(p.Domains) > maxDomains {
			bad("/domains", "domains", "Give at most 50 domains such as example.com.")
			break
		}
	}
	p.DefaultRole = cmp.Or(p.DefaultRole, route.RoleUser)
	if !slices.Contains(route.Roles(), p.DefaultRole) {
		bad("/defaultRole", "enum", "Must be USER, ADMIN or AUDITOR.")
	}
	if (p.Claim == "") != (len(p.Roles) == 0) || len(p.Roles) > maxRoles {
		bad("/roles", "roles", "A mapping needs a claim and 1 to 50 of its values, each with a role.")
	}
	for _, value := range slices.Sorted(maps.Keys(p.Roles)) {
		if value == "" || len(value) > maxText || !slices.Contains(route.Roles(), p.Roles[value]) {
			bad("/roles", "enum", "Each value of the claim needs a role: USER, ADMIN or AUDITOR.")
			break
		}
	}
	if p.SessionHours < 0 || p.SessionHours > maxHours {
		bad("/sessionHours", "range", "Must be between 0, for as long as any session, and 168.")
	}
	return p, faults
}

func cleaned(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && s != "openid" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// scopeText is a scope-token of RFC 6749, 3.3.
func scopeText(s string) bool {
	return len(s) <= maxText && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

func issuerFault(id, issuer string) string {
	u, err := url.Parse(issuer)
	switch {
	case issuer == "":
		return "Give the issuer: the URL below which the provider has /.well-known/openid-configuration."
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || len(issuer) > maxText || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return "Must be an https URL without a query, such as https://example.okta.com."
	case id == Google && issuer != GoogleIssuer && !loopback(u.Hostname()):
		return "Google's issuer is " + GoogleIssuer + "."
	}
	return ""
}

// loopback hosts are for trials on one machine; the guard decides whether they are reached.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// manyTenants: an issuer of Entra ID that stands for every directory there is.
func manyTenants(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return slices.Contains([]string{"common", "organizations", "consumers"}, first)
}

// role is what a person's claims are mapped to; "" where nothing is mapped at all.
// Of several the one that may do most counts.
func (p Provider) role(claims map[string]any) route.Role {
	if p.Claim == "" {
		return ""
	}
	has := map[route.Role]bool{}
	for _, value := range texts(claimAt(claims, p.Claim)) {
		has[p.Roles[value]] = true
	}
	for _, r := range []route.Role{route.RoleAdmin, route.RoleUser, route.RoleAuditor} {
		if has[r] {
			return r
		}
	}
	return p.DefaultRole
}

// claimAt finds a claim by its whole name, else by a path ("realm_access.roles").
func claimAt(claims map[string]any, path string) any {
	if v, ok := claims[path]; ok {
		return v
	}
	var at any = claims
	for part := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[part]
	}
	return at
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// Ask is what a browser is sent to a provider with.
type Ask struct {
	State, Nonce, Challenge, RedirectURI string
}

// Answer is what it came back with.
type Answer struct {
	Code, Nonce, Verifier, RedirectURI string
	// Issuer is the answer's own word on who sent it (RFC 9207); empty for none.
	Issuer  string
	Started time.Time
}

// Person is whom a provider vouches for, its answer checked.
type Person struct {
	Issuer, Subject, Email, Name string
	EmailVerified                bool
	// SessionID is the provider's for this sign-in.
	SessionID string
	// Ending is how the provider is asked to end that session; nil where it cannot be.
	// IDToken is what it is shown then.
	Ending  *identity.Ending
	IDToken secret.Secret
	Claims  map[string]any
}

// Finding is one thing that a trial of a provider saw.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Message says what was found, or what to do.
	Message string `json:"message"`
}

// Protocol speaks with providers.
type Protocol interface {
	// URL is where a browser asks the provider. Errors carry a Failure.
	URL(ctx context.Context, p Provider, ask Ask) (string, error)
	// Redeem turns an answer into a person. Errors carry a Failure.
	Redeem(ctx context.Context, p Provider, a Answer) (Person, error)
	// Notice checks a logout token. Errors carry a Failure.
	Notice(ctx context.Context, p Provider, token string) (Notice, error)
	// Try looks at what the provider says of itself.
	Try(ctx context.Context, p Provider) []Finding
}

// Failure is why a sign-in outside came to nothing before anybody was named; the
// page has a sentence for each, as for identity.Refusal.
type Failure string

// Failures.
const (
	Denied      Failure = "denied"         // the person, or the provider, said no
	Expired     Failure = "expired"        // no such flow: too late, or used
	Elsewhere   Failure = "other_browser"  // another browser started it
	Invalid     Failure = "invalid_answer" // the answer did not stand up to its checks
	Unreachable Failure = "unreachable"    // the provider does not answer
	Missing     Failure = "not_configured" // there is no such provider here
)

func (f Failure) Error() string { return "signin: " + string(f) }

// Check lists what is wrong with a configuration, its secret aside.
func (p Provider) Check() []apierr.Problem {
	_, faults := p.normal()
	return faults
}
