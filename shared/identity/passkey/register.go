package passkey

import (
	"context"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// RegisterOptions begins to register a passkey. Authenticators that hold one of the
// person's already are told not to make another.
func (s *Service) RegisterOptions(ctx context.Context, p identity.Principal) (Ceremony, error) {
	party, err := s.party()
	if err != nil {
		return Ceremony{}, err
	}
	have, err := s.records(ctx, p.UserID)
	if err != nil {
		return Ceremony{}, err
	}
	u := person{p, have}
	options, session, err := party.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return s.begin(ctx, challenge{Purpose: registering, UserID: p.UserID, Session: *session}, options.Response)
}

// Register takes the passkey that an authenticator made. Recovery codes come with the
// first second factor of a person, once.
func (s *Service) Register(ctx context.Context, p identity.Principal, challengeID, name string, answer []byte) (Passkey, []string, error) {
	name, err := checkName(name)
	if err != nil {
		return Passkey{}, nil, err
	}
	party, err := s.party()
	if err != nil {
		return Passkey{}, nil, err
	}
	c, err := s.take(ctx, challengeID, registering, p.UserID)
	if errors.Is(err, errChallenge) {
		return Passkey{}, nil, badAnswer(err)
	}
	if err != nil {
		return Passkey{}, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, nil, badAnswer(err)
	}
	credential, err := party.CreateCredential(person{p, nil}, c.Session, parsed)
	if err != nil {
		return Passkey{}, nil, badAnswer(err)
	}
	credential.Attestation = webauthn.CredentialAttestation{} // it is not asked for, and large
	r := record{UserID: p.UserID, Credential: *credential, Passkey: Passkey{ID: id.New(id.Passkey), Name: name, Synced: credential.Flags.BackupEligible, CreatedAt: s.now().UTC()}}
	op, err := r.put(table.Absent())
	if err != nil {
		return Passkey{}, nil, err
	}
	codes, err := s.people.AddPasskey(ctx, p, op, audit.Entry{Action: "passkey.add", Resource: r.ID, Message: "added the passkey " + name})
	return r.Passkey, codes, err
}

func badAnswer(cause error) error {
	const message = "The authenticator's answer is not to what was asked here, or came too late. Try again."
	return apierr.Wrap(apierr.ValidationFailed, message, cause).With(apierr.Problem{Path: "/credential", Code: "invalid", Message: message})
}

func (r record) put(cond table.Condition) (table.Op, error) {
	item, err := table.JSONItem(recordKey(r.UserID, r.Credential.ID), r)
	return table.Global(table.Put(item, cond)), err
}

// Rename gives a passkey another name.
func (s *Service) Rename(ctx context.Context, p identity.Principal, passkeyID, name string) (Passkey, error) {
	name, err := checkName(name)
	if err != nil {
		return Passkey{}, err
	}
	r, version, err := s.find(ctx, p, passkeyID)
	if err != nil {
		return Passkey{}, err
	}
	r.Name = name
	op, err := r.put(table.IfVersion(version))
	if err != nil {
		return Passkey{}, err
	}
	return r.Passkey, s.trail.Commit(ctx, []table.Op{op}, audit.Entry{Action: "passkey.rename", Resource: r.ID, Message: "named a passkey " + name})
}

// Remove ends the use of a passkey at once.
func (s *Service) Remove(ctx context.Context, p identity.Principal, passkeyID string) error {
	r, version, err := s.find(ctx, p, passkeyID)
	if err != nil {
		return err
	}
	op := table.Global(table.Delete(recordKey(p.UserID, r.Credential.ID), table.IfVersion(version)))
	return s.people.RemovePasskey(ctx, p, op, audit.Entry{Action: "passkey.remove", Resource: r.ID, Level: audit.Warn, Message: "removed the passkey " + r.Name})
}

func (s *Service) find(ctx context.Context, p identity.Principal, passkeyID string) (record, int64, error) {
	all, err := s.records(ctx, p.UserID)
	if err != nil {
		return record{}, 0, err
	}
	for _, r := range all {
		if r.ID == passkeyID {
			return table.GetJSON[record](tenant.WithSystem(ctx), s.store, recordKey(p.UserID, r.Credential.ID))
		}
	}
	return record{}, 0, apierr.New(apierr.NotFound, "There is no such passkey.")
}
