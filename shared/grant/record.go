package grant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

const fieldGrant = "grant"

// record is a grant as it lies in the table, under connection.GrantKey.
type record struct {
	// Account is what may be shown; nil until there is a token.
	Account *connection.Account `json:"account,omitempty"`
	// Of is the configuration that it was obtained by: of another it is none.
	Of string `json:"of"`
	// Sealed is a sealed tokens.
	Sealed []byte `json:"sealed,omitempty"`
	// Serial is raised with each token.
	Serial    int64     `json:"serial"`
	IssuedAt  time.Time `json:"issuedAt,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// Renewable: there is what a new token can be had by without a person.
	Renewable bool   `json:"renewable,omitempty"`
	Lease     *lease `json:"lease,omitempty"`
	Hold      *hold  `json:"hold,omitempty"`
	// Lost counts the leases that ended without a word since the token was issued: one
	// who renewed it died, and what the server answered may be lost.
	Lost int `json:"lost,omitempty"`
}

// lease says that somebody renews the token of Serial now.
type lease struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// hold says that the authorisation server is left alone until then, and why.
type hold struct {
	Until  time.Time   `json:"until"`
	Code   apierr.Code `json:"code"`
	Detail string      `json:"detail"`
	Tries  int         `json:"tries"`
}

// tokens is the plaintext of Sealed. It exists between opening and the request.
type tokens struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
	// Origins bind the token: it is sent nowhere else.
	Origins []string `json:"origins"`
}

// stored is a record with its version; 0 where there is no item.
type stored struct {
	record
	version int64
}

// fingerprint names a configuration: what a token of one is worth to another is not
// known, so it is not used for it.
func fingerprint(c connection.Connection) string {
	of := []any{c.Auth.OAuth, c.Origins}
	if c.Auth.Exchange != nil {
		of = append(of, c.Auth.Exchange)
	}
	raw, _ := json.Marshal(of) // of plain fields: it cannot fail
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}

// read returns the grant of a connection, an empty one of version 0 or more where
// there is none.
func (s *Service) read(ctx context.Context, c connection.Connection) (stored, error) {
	r, version, err := table.GetJSON[record](ctx, s.store, connection.GrantKey(c.ID))
	if errors.Is(err, table.ErrNotFound) {
		return stored{record: record{Of: fingerprint(c)}}, nil
	}
	if err != nil {
		return stored{}, err
	}
	if of := fingerprint(c); r.Of != of {
		// Left by one who was overtaken by a new credential. Its serial is kept: a number
		// that has been given out must not mean another token.
		r = record{Of: of, Serial: r.Serial}
	}
	return stored{r, version}, nil
}

// write stores the grant where nobody else wrote since it was read: ErrCondition.
func (s *Service) write(ctx context.Context, conID string, r stored) (stored, error) {
	op, err := r.op(conID)
	if err != nil {
		return r, err
	}
	item, err := s.store.Put(ctx, op.Item, op.If)
	if err != nil {
		return r, err
	}
	r.version = item.Version
	return r, nil
}

// op is the operation that stores the grant where nobody else wrote since it was read.
func (r stored) op(conID string) (table.Op, error) {
	item, err := table.JSONItem(connection.GrantKey(conID), r.record)
	return table.Put(item, table.Unchanged(r.version)), err
}

// put seals a new token into the record.
func (s *Service) put(ctx context.Context, conID string, r *record, t tokens) error {
	plain, err := json.Marshal(t)
	if err != nil {
		return errors.New("grant: tokens cannot be encoded") // the cause could quote them
	}
	r.Sealed, err = s.sealer.Seal(ctx, secret.Scope{Resource: conID, Field: fieldGrant}, plain)
	if err != nil {
		return fmt.Errorf("grant: seal: %w", err)
	}
	return nil
}

// open unseals the tokens; none are empty.
func (s *Service) open(ctx context.Context, conID string, r record) (tokens, error) {
	var t tokens
	if r.Sealed == nil {
		return t, nil
	}
	plain, err := s.sealer.Open(ctx, secret.Scope{Resource: conID, Field: fieldGrant}, r.Sealed)
	if errors.Is(err, secret.ErrTampered) {
		return t, apierr.Wrap(apierr.Reauthorize, "The stored grant cannot be opened: connect the account again.", err)
	}
	if err != nil {
		return t, fmt.Errorf("grant: open: %w", err)
	}
	if json.Unmarshal(plain, &t) != nil {
		return t, errors.New("grant: opened grant cannot be read") // the cause could quote it
	}
	return t, nil
}

// token is what a request is authorised with.
func (s *Service) token(ctx context.Context, conID string, r record) (connection.Token, error) {
	t, err := s.open(ctx, conID, r)
	if err != nil {
		return connection.Token{}, err
	}
	return connection.Token{Access: secret.New(t.Access), Origins: t.Origins, Serial: r.Serial, ExpiresAt: r.ExpiresAt}, nil
}

// Reseal seals every grant of the workspace under its current data key, as
// secret.ResealItems does.
func (s *Service) Reseal(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.sealer, secret.KeysOf(s.store.All(ctx, table.Query{PK: connection.GrantKey("con_").PK})),
		func(key table.Key) string { return "grant of " + key.SK },
		func(key table.Key, r *record) []secret.Kept {
			return []secret.Kept{{Scope: secret.Scope{Resource: key.SK, Field: fieldGrant}, Value: &r.Sealed}}
		})
}

// provider is the host that gives the grants.
func provider(o connection.OAuth) string {
	text := o.AuthorizeURL
	if text == "" || o.Grant != connection.GrantCode {
		text = o.TokenURL
	}
	_, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return host
}
