// Package passkey owns passkeys (WebAuthn level 3): how one is registered, and what
// one must show to sign its person in. It never makes a session itself: package
// identity does, for whoever is proven here.
//
// A ceremony:
//
//	options (a challenge, kept five minutes) → the answer of an authenticator → taken
//	                                                                          → refused
//
// The challenge is gone with the first answer, whatever becomes of it.
package passkey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	challengeLife = 5 * time.Minute
	maxName       = 100
)

// Options of a Service.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service is the domain of passkeys.
type Service struct {
	store  *table.Store
	trail  *audit.Trail
	people *identity.Service
	public func() string
	now    func() time.Time
}

// New makes the service. public is the address that browsers reach the product at.
func New(store *table.Store, trail *audit.Trail, people *identity.Service, public func() string, o *Options) *Service {
	s := &Service{store: store, trail: trail, people: people, public: public, now: time.Now}
	if o != nil && o.Now != nil {
		s.now = o.Now
	}
	return s
}

// Passkey is one as its owner sees it.
type Passkey struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Synced: it is kept by a service of its maker's and works on several devices.
	Synced     bool      `json:"synced"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
}

// record is how one is kept, under its person and the digest of its credential's id,
// which may be longer than a key of the table.
type record struct {
	Passkey
	UserID     string              `json:"userId"`
	Credential webauthn.Credential `json:"credential"`
}

func passkeysPK(userID string) string { return "PASSKEYS#" + userID }
func recordKey(userID string, credential []byte) table.Key {
	sum := sha256.Sum256(credential)
	return table.Key{PK: passkeysPK(userID), SK: hex.EncodeToString(sum[:])}
}

// purpose of a challenge: one made for the one is of no use for the other.
type purpose string

const (
	registering purpose = "register"
	signingIn   purpose = "sign-in"
)

type challenge struct {
	Purpose   purpose              `json:"purpose"`
	UserID    string               `json:"userId,omitempty"`
	ExpiresAt time.Time            `json:"expiresAt"`
	Session   webauthn.SessionData `json:"session"`
}

func challengeKey(challengeID string) table.Key {
	return table.Key{PK: "CHALLENGE#" + challengeID, SK: "0"}
}

// Ceremony is what a browser is given: the options to call navigator.credentials with,
// and the id to send its answer back under.
type Ceremony struct {
	ChallengeID string          `json:"challengeId"`
	PublicKey   json.RawMessage `json:"publicKey"`
}

// party is who passkeys are made for: the host of the public address.
func (s *Service) party() (*webauthn.WebAuthn, error) {
	u, err := url.Parse(s.public())
	if err != nil {
		return nil, unfit()
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() { // an address is no name, but this one has one
		host = "localhost"
		if port := u.Port(); port != "" {
			u.Host = host + ":" + port
		} else {
			u.Host = host
		}
	}
	if host == "" || net.ParseIP(host) != nil || (u.Scheme != "https" && host != "localhost") {
		return nil, unfit()
	}
	required := true
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "APIQ", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required, UserVerification: protocol.VerificationRequired},
	})
}

func unfit() error {
	return apierr.New(apierr.Conflict, "Browsers take passkeys only for a host name over https, or for localhost. Whoever runs APIQ can set APIQ_PUBLIC_URL to one.")
}

// person is a user as the library asks for one.
type person struct {
	p    identity.Principal
	keys []record
}

func (u person) WebAuthnID() []byte          { return []byte(u.p.UserID) }
func (u person) WebAuthnName() string        { return u.p.Email }
func (u person) WebAuthnDisplayName() string { return u.p.Name }
func (u person) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(u.keys))
	for i, r := range u.keys {
		all[i] = r.Credential
	}
	return all
}

func (s *Service) records(ctx context.Context, userID string) ([]record, error) {
	var all []record
	for item, err := range s.store.All(tenant.WithSystem(ctx), table.Query{PK: passkeysPK(userID)}) {
		if err != nil {
			return nil, err
		}
		var r record
		if err := item.Decode(&r); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// List gives a person's passkeys.
func (s *Service) List(ctx context.Context, p identity.Principal) ([]Passkey, error) {
	all, err := s.records(ctx, p.UserID)
	out := make([]Passkey, len(all))
	for i, r := range all {
		out[i] = r.Passkey
	}
	return out, err
}

// begin keeps a challenge and gives what the browser needs.
func (s *Service) begin(ctx context.Context, c challenge, options any) (Ceremony, error) {
	c.ExpiresAt = s.now().Add(challengeLife).UTC()
	c.Session.Expires = time.Time{} // ours is judged by our clock
	challengeID := id.New(id.Challenge)
	item, err := table.JSONItem(challengeKey(challengeID), c)
	if err != nil {
		return Ceremony{}, err
	}
	item.ExpiresAt = c.ExpiresAt
	if _, err := s.store.Put(tenant.WithSystem(ctx), item, table.Absent()); err != nil {
		return Ceremony{}, err
	}
	raw, err := json.Marshal(options)
	return Ceremony{ChallengeID: challengeID, PublicKey: raw}, err
}

// errChallenge: it is not there, was answered, is over, or was for something else.
var errChallenge = errors.New("passkey: no such challenge")

// take uses a challenge up: of several answers to one, a single one is judged.
func (s *Service) take(ctx context.Context, challengeID string, want purpose, userID string) (challenge, error) {
	ctx = tenant.WithSystem(ctx)
	if !id.Is(challengeID, id.Challenge) {
		return challenge{}, errChallenge
	}
	c, version, err := table.GetJSON[challenge](ctx, s.store, challengeKey(challengeID))
	if errors.Is(err, table.ErrNotFound) {
		return c, errChallenge
	}
	if err != nil {
		return c, err
	}
	switch err := s.store.Delete(ctx, challengeKey(challengeID), table.IfVersion(version)); {
	case errors.Is(err, table.ErrCondition):
		return c, errChallenge
	case err != nil:
		return c, err
	}
	if c.Purpose != want || c.UserID != userID || !c.ExpiresAt.After(s.now()) {
		return c, errChallenge
	}
	return c, nil
}

func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		message := fmt.Sprintf("Give a name of 1 to %d characters.", maxName)
		return "", apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/name", Code: "length", Message: message})
	}
	return name, nil
}
