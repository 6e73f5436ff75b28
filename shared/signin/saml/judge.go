package saml

import (
	"context"
	"encoding/base64"
	"errors"
	"net/mail"
	"strings"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/signin"
	"github.com/apiq/apiq/shared/table"
)

const (
	// maxResponse bounds a decoded response.
	maxResponse = 256 << 10
	// skew is how far the provider's clock may be from ours; the library allows 3 minutes.
	skew = 2 * time.Minute
)

// person is what an assertion says.
type person struct {
	issuer, session string
	name            identity.NameID
	until           time.Time
	attributes      map[string][]string
}

// judge checks a response and gives what its one assertion says. The library checks
// signatures and reads only what they cover; issuer, audience, recipient, destination,
// times, the request that is answered. Here: size and form before anything is parsed, a
// narrower clock, one use.
func (s *Service) judge(ctx context.Context, sp *crewjam.ServiceProvider, response, request string) (person, error) {
	if len(response) > base64.StdEncoding.EncodedLen(maxResponse) {
		return person{}, refused(errors.New("saml: the response is too large"))
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(response), ""))
	if err != nil {
		return person{}, refused(err)
	}
	if err := plainXML(raw, false); err != nil {
		return person{}, refused(err)
	}
	used := &replays{ctx: ctx, store: s.store}
	sp.ReplayCache = used
	a, err := sp.ParseXMLResponse(raw, []string{request}, sp.AcsURL)
	if used.err != nil {
		return person{}, used.err
	}
	if err != nil {
		var invalid *crewjam.InvalidResponseError
		if errors.As(err, &invalid) {
			err = invalid.PrivateErr
		}
		var status crewjam.ErrBadStatus
		if errors.As(err, &status) {
			return person{}, errors.Join(signin.Denied, err)
		}
		return person{}, refused(err)
	}
	if err := s.timely(a); err != nil {
		return person{}, refused(err)
	}
	return read(a), nil
}

func refused(why error) error { return errors.Join(signin.Invalid, why) }

// timely judges an assertion's times by the narrower clock.
func (s *Service) timely(a *crewjam.Assertion) error {
	now := s.now()
	late := func(t time.Time) bool { return !t.IsZero() && !now.Before(t.Add(skew)) }
	if c := a.Conditions; c == nil || !c.NotBefore.IsZero() && now.Before(c.NotBefore.Add(-skew)) || late(c.NotOnOrAfter) {
		return errors.New("saml: the assertion is not of now")
	}
	if a.Subject == nil || a.Subject.NameID == nil || a.Subject.NameID.Value == "" {
		return errors.New("saml: the assertion names nobody")
	}
	for _, c := range a.Subject.SubjectConfirmations {
		if d := c.SubjectConfirmationData; d != nil && late(d.NotOnOrAfter) {
			return errors.New("saml: the assertion is not of now")
		}
	}
	return nil
}

func read(a *crewjam.Assertion) person {
	n := a.Subject.NameID
	p := person{issuer: a.Issuer.Value, name: identity.NameID{Value: n.Value, Format: n.Format, NameQualifier: n.NameQualifier, SPNameQualifier: n.SPNameQualifier}, attributes: map[string][]string{}}
	for _, st := range a.AuthnStatements {
		p.session = st.SessionIndex
		if st.SessionNotOnOrAfter != nil {
			p.until = *st.SessionNotOnOrAfter
		}
	}
	for _, st := range a.AttributeStatements {
		for _, at := range st.Attributes {
			for _, v := range at.Values {
				if text := strings.TrimSpace(v.Value); text != "" {
					p.attributes[at.Name] = append(p.attributes[at.Name], text)
				}
			}
		}
	}
	return p
}

// What providers usually call the attributes, by FriendlyName-less Name.
//
//nolint:gochecknoglobals // lists
var (
	emailNames = []string{"email", "mail", "emailAddress", "Email", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "urn:oid:0.9.2342.19200300.100.1.3"}
	nameNames  = []string{"displayName", "name", "cn", "http://schemas.microsoft.com/identity/claims/displayname", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3"}
	groupNames = []string{"groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "memberOf"}
)

func (p person) first(configured string, usual []string) []string {
	if configured != "" {
		return p.attributes[configured]
	}
	for _, name := range usual {
		if v := p.attributes[name]; len(v) > 0 {
			return v
		}
	}
	return nil
}

func one(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// external is who the provider vouches for. Its word on an address holds, since it holds
// in its own workspace only.
func (c Config) external(p person) identity.External {
	email := one(p.first(c.EmailAttribute, emailNames))
	if email == "" && c.EmailAttribute == "" && isEmail(p.name.Value) {
		email = p.name.Value
	}
	subject := p.name.Value
	if transient(p.name.Format) { // another one with each sign-in: the address is who they are
		subject = "email:" + strings.ToLower(email)
	}
	e := identity.External{Provider: ProviderID, Issuer: p.issuer, Subject: subject, Email: email, EmailVerified: email != "", Name: one(p.first(c.NameAttribute, nameNames)),
		DefaultRole: c.DefaultRole, JIT: c.JIT, Domains: c.Domains, SessionID: p.session, Until: p.until}
	if len(c.Roles) > 0 {
		e.Role = c.role(p.first(c.GroupsAttribute, groupNames))
	}
	return e
}

// transient names are of one sign-in.
func transient(format string) bool { return strings.HasSuffix(format, ":transient") }

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func (c Config) role(groups []string) route.Role {
	has := map[route.Role]bool{}
	for _, g := range groups {
		has[c.Roles[g]] = true
	}
	for _, r := range []route.Role{route.RoleAdmin, route.RoleUser, route.RoleAuditor} {
		if has[r] {
			return r
		}
	}
	return c.DefaultRole
}

// replays remembers in the table which assertions were used, for as long as they are
// good: for every process, and through a restart.
type replays struct {
	ctx   context.Context //nolint:containedctx // the library's interface has none, and this lives for one request
	store *table.Store
	err   error
}

// Consume implements crewjam's AssertionReplayCache.
func (r *replays) Consume(assertionID string, until time.Time) error {
	_, err := r.store.Put(r.ctx, table.Item{Key: table.Key{PK: "SAMLUSED#" + hashed(assertionID), SK: "0"}, Data: []byte("{}"), ExpiresAt: until.Add(skew)}, table.Absent())
	if errors.Is(err, table.ErrCondition) {
		return crewjam.ErrAssertionReplayed
	}
	if err != nil {
		r.err = err
	}
	return err
}
