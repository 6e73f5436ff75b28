// Package secret owns the type of values that must not be seen, and their
// envelope encryption with one data key a tenant. It keeps the wrapped data keys
// in the table and nothing else; it never stores a sealed value, and never
// writes or returns a value in the clear where a key is missing.
package secret

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a Secret prints as, wherever it is printed.
const Redacted = "[secret]"

// Secret is a value that cannot print itself: String, Format, MarshalJSON,
// MarshalText and LogValue all give Redacted. Reveal is the one way out; grep for it.
//
// The value lies behind a pointer because fmt calls no methods on unexported
// fields of other structs, nor under a verb that it reports as wrong (%p): there
// it prints an address.
type Secret struct{ value *string }

// New wraps a value.
func New(value string) Secret { return Secret{value: &value} }

// Reveal returns the value, for the one place that must send or compare it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says whether there is no value.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Equal compares in a time that depends on the lengths only.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

func (s Secret) String() string               { return Redacted }
func (s Secret) GoString() string             { return Redacted }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(Redacted) }

// Format answers every verb, those too that would print bytes or hex.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

var (
	errNotString   = errors.New("secret: the value must be a string")
	errPlaceholder = errors.New("secret: " + Redacted + " stands for a value that is not shown; leave the field out to keep it")
)

// UnmarshalJSON lets request bodies be decoded straight into a Secret: a string,
// or null for none. Its errors never quote the value. The placeholder is refused,
// so that a form sent back unchanged does not overwrite the value with it.
func (s *Secret) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return errNotString
	}
	switch v := v.(type) {
	case nil:
		*s = Secret{}
		return nil
	case string:
		return s.UnmarshalText([]byte(v))
	default:
		return errNotString
	}
}

// UnmarshalText lets configuration be read straight into a Secret.
func (s *Secret) UnmarshalText(b []byte) error {
	if string(b) == Redacted {
		return errPlaceholder
	}
	*s = New(string(b))
	return nil
}

// Errors of sealing and opening.
var (
	// ErrUnavailable: the key service cannot be reached and no key is cached.
	ErrUnavailable = errors.New("secret: key service unavailable")
	// ErrTampered: the sealed bytes do not fit the key or the scope they were sealed for.
	ErrTampered = errors.New("secret: sealed value does not open")
)

// Scope binds a sealed value to its place: it opens nowhere else. The tenant is
// taken from the context and is part of the binding. Neither part may be empty.
type Scope struct {
	// Resource is the id of the connection (or user) that owns the value.
	Resource string
	// Field names the value inside its owner.
	Field string
}

// Sealer seals and opens values with the tenant's data key.
type Sealer interface {
	Seal(ctx context.Context, scope Scope, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, scope Scope, sealed []byte) ([]byte, error)
	// Reseal gives a value sealed under the tenant's current data key: the one given,
	// with changed false, where it lies under that key already. Errors are those of
	// Open and Seal.
	Reseal(ctx context.Context, scope Scope, sealed []byte) (again []byte, changed bool, err error)
}

// KeyWrap is the port to the key service: it makes data keys and unwraps them.
// The encryption context {app, tenant, purpose} must match at unwrap. A cancelled
// context gives ctx.Err().
type KeyWrap interface {
	// Master names the master key that data keys are wrapped under now, for people to
	// read: a fingerprint, an ARN. It asks nobody.
	Master() string
	// Generate returns a new 256-bit data key, plain and wrapped, or
	// ErrUnavailable. Both slices are the caller's.
	Generate(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error)
	// Unwrap returns the plain key, or ErrTampered where the bytes or the context
	// are not those of Generate, or ErrUnavailable.
	Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error)
	// Rewrap wraps the same data key again, in other bytes, under the service's
	// newest master key. What was wrapped before still unwraps, for as long as the
	// service keeps the older master keys. Errors are those of Unwrap.
	Rewrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error)
}
