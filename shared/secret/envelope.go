package secret

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// The sealed form: "AQ" | version | alg | dataKeyID(16) | nonce(12) | ciphertext | tag(16).
const (
	magic         = "AQ"
	formatVersion = 1
	algAES256GCM  = 1
	keyIDLen      = 16
	headerLen     = len(magic) + 2 + keyIDLen
	dataKeyLen    = 32
	// Overhead is how much longer a sealed value is than its plain text.
	Overhead = headerLen + 12 + 16
)

// maxCacheFor is the longest that a plain data key may stay in memory.
const maxCacheFor = 5 * time.Minute

// Envelope is a Sealer: AES-256-GCM under a data key of the tenant's, which the
// key service wraps. It is safe for concurrent use, also by several processes on
// one table. One data key serves 2^32 values (NIST SP 800-38D, random nonces).
type Envelope struct {
	store  *table.Store
	wrap   KeyWrap
	cache  *keyCache
	flight singleflight.Group
	bound  time.Duration
}

var _ Sealer = (*Envelope)(nil)

// Options of an Envelope.
type Options struct {
	// Now is the clock of the cache. Defaults to time.Now.
	Now func() time.Time
	// CacheFor is how long plain keys, and the choice of the current one, are
	// kept in memory; at most five minutes. Defaults to five minutes.
	CacheFor time.Duration
	// CacheTenants is how many tenants' keys are kept. Defaults to 1024.
	CacheTenants int
	// Timeout bounds one fetch of a key, from table and key service together.
	// Defaults to 10 seconds.
	Timeout time.Duration
}

// NewEnvelope returns an Envelope whose wrapped keys lie in the table.
func NewEnvelope(store *table.Store, wrap KeyWrap, opts *Options) *Envelope {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CacheFor <= 0 || o.CacheFor > maxCacheFor {
		o.CacheFor = maxCacheFor
	}
	if o.CacheTenants <= 0 {
		o.CacheTenants = 1024
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return &Envelope{
		store: store, wrap: wrap, bound: o.Timeout,
		cache: newKeyCache(o.Now, o.CacheFor, o.CacheTenants),
	}
}

// Seal encrypts a value for its scope, under the tenant's current data key, which
// is made at its first use. Errors: tenant.ErrNone, ErrUnavailable, the table's.
func (e *Envelope) Seal(ctx context.Context, scope Scope, plaintext []byte) ([]byte, error) {
	workspace, err := check(ctx, scope)
	if err != nil {
		return nil, err
	}
	key, err := e.current(ctx, workspace)
	if err != nil {
		return nil, err
	}
	header := header(key.id)
	sealed := make([]byte, len(header), Overhead+len(plaintext))
	copy(sealed, header)
	return key.aead.Seal(sealed, nil, plaintext, additional(header, workspace, scope)), nil // #nosec G407 -- NewGCMWithRandomNonce takes none
}

// Open decrypts what Seal gave for the same tenant and scope. Everything else is
// ErrTampered. Further errors: tenant.ErrNone, ErrUnavailable, the table's.
func (e *Envelope) Open(ctx context.Context, scope Scope, sealed []byte) ([]byte, error) {
	workspace, err := check(ctx, scope)
	if err != nil {
		return nil, err
	}
	id, err := parseHeader(sealed)
	if err != nil {
		return nil, err
	}
	key, err := e.byID(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	header, body := sealed[:headerLen], sealed[headerLen:]
	plain, err := key.aead.Open(nil, nil, body, additional(header, workspace, scope))
	if err != nil {
		return nil, ErrTampered // the cause would say no more
	}
	return plain, nil
}

// Stale says whether a sealed value lies under another key than the tenant's
// current one: after Rotate, the owner opens and seals such values again. Other
// processes may seal under the old key for as long as they cache it, so a sweep
// starts five minutes after the rotation.
func (e *Envelope) Stale(ctx context.Context, sealed []byte) (bool, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return false, err
	}
	id, err := parseHeader(sealed)
	if err != nil {
		return false, err
	}
	key, err := e.current(ctx, workspace)
	if err != nil {
		return false, err
	}
	return key.id != id, nil
}

// Reseal opens a value that lies under another key than the tenant's current one
// and seals it again; see Stale for when a sweep may start. Under Counting and Looking
// it counts; under Looking it changes nothing.
func (e *Envelope) Reseal(ctx context.Context, scope Scope, sealed []byte) (again []byte, changed bool, err error) {
	tally := tallyFrom(ctx)
	defer func() {
		if err == nil {
			tally.saw(again)
		}
	}()
	if tally != nil && tally.look {
		if _, err := parseHeader(sealed); err != nil {
			return nil, false, err
		}
		return sealed, false, nil
	}
	stale, err := e.Stale(ctx, sealed)
	if err != nil {
		return nil, false, err
	}
	if !stale {
		return sealed, false, nil
	}
	plain, err := e.Open(ctx, scope, sealed)
	if err != nil {
		return nil, false, err
	}
	defer clear(plain)
	again, err = e.Seal(ctx, scope, plain)
	return again, err == nil, err
}

func check(ctx context.Context, scope Scope) (workspace string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if scope.Resource == "" || scope.Field == "" {
		return "", errors.New("secret: a scope needs a resource and a field")
	}
	return tenant.From(ctx)
}

// keyID names a data key; it is random and no secret.
type keyID [keyIDLen]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

func header(id keyID) []byte {
	return append([]byte{magic[0], magic[1], formatVersion, algAES256GCM}, id[:]...)
}

func parseHeader(sealed []byte) (id keyID, err error) {
	if len(sealed) < Overhead || string(sealed[:len(magic)]) != magic {
		return id, ErrTampered
	}
	if sealed[2] != formatVersion || sealed[3] != algAES256GCM {
		return id, fmt.Errorf("%w: format %d.%d is unknown", ErrTampered, sealed[2], sealed[3])
	}
	copy(id[:], sealed[len(magic)+2:headerLen])
	return id, nil
}

// additional is the data that must be the same at opening. Each part carries its
// length, so that no two scopes give the same bytes.
func additional(header []byte, workspace string, scope Scope) []byte {
	var b []byte
	for _, part := range []string{string(header), workspace, scope.Resource, scope.Field} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

func newAEAD(plain []byte) (cipher.AEAD, error) {
	if len(plain) != dataKeyLen {
		return nil, fmt.Errorf("secret: a data key of %d bytes, want %d", len(plain), dataKeyLen)
	}
	block, err := aes.NewCipher(plain)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
