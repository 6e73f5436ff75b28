package passkey

import (
	"context"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// LoginOptions begins a sign-in, or a confirmation, by whichever passkey the person
// chooses: nobody says who they are, so nothing is told of anybody.
func (s *Service) LoginOptions(ctx context.Context) (Ceremony, error) {
	party, err := s.party()
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, err
	}
	return s.begin(ctx, challenge{Purpose: signingIn, Session: *session}, options.Response)
}

// Login signs in the person whose passkey answered. The passkey has verified them, so
// that it is both factors at once.
func (s *Service) Login(ctx context.Context, challengeID string, answer []byte) (identity.Grant, error) {
	userID, used, err := s.prove(ctx, challengeID, answer)
	if why := refusal(""); errors.As(err, &why) {
		return identity.Grant{}, s.people.RefusePasskey(ctx, userID, string(why))
	}
	if err != nil {
		return identity.Grant{}, err
	}
	return s.people.EnterByPasskey(ctx, userID, used)
}

// Confirm makes a session fresh by a passkey of its own person's.
func (s *Service) Confirm(ctx context.Context, p identity.Principal, challengeID string, answer []byte) error {
	userID, used, err := s.prove(ctx, challengeID, answer)
	why := refusal("")
	switch {
	case errors.As(err, &why):
	case err != nil:
		return err
	case userID != p.UserID:
		why = "another person's passkey"
	default:
		return s.people.ConfirmByPasskey(ctx, p, used)
	}
	return badAnswer(why)
}

// refusal is why a passkey proved nothing: for the trail, and never for the client.
type refusal string

func (r refusal) Error() string { return "passkey: " + string(r) }

// prove judges the answer of an authenticator. It returns whose it is, and the
// operation that keeps what the passkey says of its use. A refusal names a user where
// the answer said one that has such a passkey.
func (s *Service) prove(ctx context.Context, challengeID string, answer []byte) (userID string, used table.Op, err error) {
	party, err := s.party()
	if err != nil {
		return "", used, err
	}
	c, err := s.take(ctx, challengeID, signingIn, "")
	if errors.Is(err, errChallenge) {
		return "", used, refusal("a challenge that was answered, is over, or never was")
	}
	if err != nil {
		return "", used, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", used, refusal("an answer that cannot be read")
	}
	claimed := string(parsed.Response.UserHandle)
	if !id.Is(claimed, id.User) {
		return "", used, refusal("a passkey of nobody")
	}
	r, version, err := table.GetJSON[record](tenant.WithSystem(ctx), s.store, recordKey(claimed, parsed.RawID))
	if errors.Is(err, table.ErrNotFound) {
		return "", used, refusal("a passkey that is not known")
	}
	if err != nil {
		return "", used, err
	}
	owner := person{identity.Principal{UserID: r.UserID}, []record{r}}
	_, credential, err := party.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return owner, nil }, c.Session, parsed)
	switch {
	case err != nil:
		return r.UserID, used, refusal("a passkey that did not prove it")
	case !credential.Flags.UserVerified:
		return r.UserID, used, refusal("a passkey that did not verify its person")
	case credential.Authenticator.CloneWarning:
		return r.UserID, used, refusal("a passkey whose counter went back: there may be a copy of it")
	}
	r.Credential = *credential
	r.LastUsedAt = s.now().UTC()
	used, err = r.put(table.IfVersion(version))
	return r.UserID, used, err
}
