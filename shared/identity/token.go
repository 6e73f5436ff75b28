package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	issuer     = "apiq"
	signingKey = "session-signing-key"
	keyBytes   = 32
	// maxToken bounds what is parsed at all; ours have some 400 bytes.
	maxToken = 4096
)

// claims of a session token (RFC 7519).
type claims struct {
	SessionID string `json:"sid"`
	jwt.RegisteredClaims
}

// Where the signing key lies, and what it is sealed for.
var (
	signingKeyItem  = table.Key{PK: "KEY#session", SK: "0"}
	signingKeyScope = secret.Scope{Resource: "session", Field: signingKey}
)

// sealedKey is the signing key as it is stored.
type sealedKey struct{ Sealed []byte }

// signer signs and checks session tokens with a key that is made once and kept
// sealed among the system records.
type signer struct {
	store  *table.Store
	sealer secret.Sealer
	mu     sync.Mutex
	key    []byte
}

func (s *signer) sign(ctx context.Context, session sessionRecord) (string, error) {
	key, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{SessionID: session.ID, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{issuer}, Subject: session.UserID,
		IssuedAt: jwt.NewNumericDate(session.CreatedAt), ExpiresAt: jwt.NewNumericDate(session.ExpiresAt),
	}}).SignedString(key)
}

func (s *signer) verify(ctx context.Context, token string, now time.Time) (claims, error) {
	if len(token) > maxToken {
		return claims{}, unauthenticated()
	}
	key, err := s.load(ctx)
	if err != nil {
		return claims{}, err
	}
	var c claims
	// The time of issue is not judged: another machine's clock may be ahead of
	// ours, and a token without a live session is worth nothing anyway.
	_, err = jwt.ParseWithClaims(token, &c, ours(key),
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(issuer),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return claims{}, apierr.Wrap(apierr.Unauthenticated, "The token is not valid.", err)
	}
	return c, nil
}

// ours gives the one key, whatever kid, jku, jwk or x5u say. A token with "crit"
// asks for extensions that we don't know and must be refused (RFC 7515, 4.1.11).
func ours(key []byte) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		if _, ok := t.Header["crit"]; ok {
			return nil, errors.New("identity: token with critical extensions")
		}
		return key, nil
	}
}

// load reads the key, or makes it when there is none. Two processes that make
// it at once agree on the one that was stored first.
func (s *signer) load(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	ctx = tenant.WithSystem(ctx)
	for range 2 {
		item, _, err := table.GetJSON[sealedKey](ctx, s.store, signingKeyItem)
		if err == nil {
			key, err := s.sealer.Open(ctx, signingKeyScope, item.Sealed)
			if err != nil {
				return nil, fmt.Errorf("identity: session key: %w", err)
			}
			if len(key) != keyBytes {
				return nil, fmt.Errorf("identity: session key of %d bytes, want %d", len(key), keyBytes)
			}
			s.key = key
			return key, nil
		}
		if !errors.Is(err, table.ErrNotFound) {
			return nil, err
		}
		fresh := make([]byte, keyBytes)
		rand.Read(fresh) // never fails (crypto/rand)
		sealed, err := s.sealer.Seal(ctx, signingKeyScope, fresh)
		if err != nil {
			return nil, err
		}
		op, err := put(signingKeyItem, sealedKey{sealed}, table.Absent(), noExpiry)
		if err != nil {
			return nil, err
		}
		if _, err := s.store.Put(ctx, op.Item, table.Absent()); err != nil && !errors.Is(err, table.ErrCondition) {
			return nil, err
		}
	}
	return nil, errors.New("identity: session key could not be made")
}
