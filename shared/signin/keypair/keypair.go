// Package keypair owns the RSA key by which a workspace is known to its identity
// provider: requests are signed with it, assertions encrypted for it. The key is sealed
// and never leaves; its certificate is public, signed by itself, and only carries the
// key, as SAML metadata has it. It speaks no protocol.
package keypair

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// Store keeps one pair for each workspace.
type Store struct {
	store  *table.Store
	sealer secret.Sealer
	now    func() time.Time
}

// New makes a Store.
func New(store *table.Store, sealer secret.Sealer) *Store {
	return &Store{store: store, sealer: sealer, now: time.Now}
}

// Pair is a key and its certificate.
type Pair struct {
	Key         *rsa.PrivateKey
	Certificate *x509.Certificate
}

type record struct {
	Sealed      []byte `json:"sealed"`
	Certificate []byte `json:"certificate"`
}

//nolint:gochecknoglobals // a key and what it is sealed for
var (
	at    = table.Key{PK: "SIGNINKEY", SK: "0"}
	scope = secret.Scope{Resource: "signin-key", Field: "privateKey"}
)

const (
	bits = 2048
	// years that the certificate says it is good for. Providers hold on to it; a new one
	// means a visit to each, so it must not run out by itself.
	years = 20
)

// Get gives the pair of the workspace in the context, made when there is none. Two that
// make it at once agree on the one that was stored first.
func (s *Store) Get(ctx context.Context) (Pair, error) {
	for range 2 {
		rec, _, err := table.GetJSON[record](ctx, s.store, at)
		if err == nil {
			return s.open(ctx, rec)
		}
		if !errors.Is(err, table.ErrNotFound) {
			return Pair{}, err
		}
		if rec, err = s.fresh(ctx); err != nil {
			return Pair{}, err
		}
		item, err := table.JSONItem(at, rec)
		if err != nil {
			return Pair{}, err
		}
		if _, err := s.store.Put(ctx, item, table.Absent()); err != nil && !errors.Is(err, table.ErrCondition) {
			return Pair{}, err
		}
	}
	return Pair{}, errors.New("keypair: could not be made")
}

func (s *Store) fresh(ctx context.Context) (record, error) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return record{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return record{}, err
	}
	now := s.now()
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "apiq"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(years, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment},
		&x509.Certificate{Subject: pkix.Name{CommonName: "apiq"}, SerialNumber: serial}, &key.PublicKey, key)
	if err != nil {
		return record{}, err
	}
	sealed, err := s.sealer.Seal(ctx, scope, x509.MarshalPKCS1PrivateKey(key))
	return record{Sealed: sealed, Certificate: certificate}, err
}

func (s *Store) open(ctx context.Context, rec record) (Pair, error) {
	raw, err := s.sealer.Open(ctx, scope, rec.Sealed)
	if err != nil {
		return Pair{}, fmt.Errorf("keypair: %w", err)
	}
	key, err := x509.ParsePKCS1PrivateKey(raw)
	if err != nil {
		return Pair{}, errors.New("keypair: what is stored is no key")
	}
	certificate, err := x509.ParseCertificate(rec.Certificate)
	if err != nil {
		return Pair{}, fmt.Errorf("keypair: %w", err)
	}
	return Pair{Key: key, Certificate: certificate}, nil
}

// Reseal implements secret.Holder: the key stays the same, under the current data key.
func (s *Store) Reseal(ctx context.Context) (n int, err error) {
	return secret.ResealItems(ctx, s.store, s.sealer, secret.TheseKeys(at), func(table.Key) string { return "keypair" },
		func(_ table.Key, rec *record) []secret.Kept { return []secret.Kept{{Scope: scope, Value: &rec.Sealed}} })
}
