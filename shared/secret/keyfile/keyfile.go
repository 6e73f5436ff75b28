// Package keyfile is the key service for one machine: data keys are wrapped by a
// key in a file that only its owner may read. It owns that file's form and the
// wrapped form; it never sends or logs the key. Who loses the file loses every
// secret: back it up apart from the data.
package keyfile

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/apiq/apiq/shared/secret"
)

// The wrapped form: version | fingerprint of the file's key(8) | nonce(12) | ciphertext(32) | tag(16).
const (
	wrapVersion = 1
	printLen    = 8
	headLen     = 1 + printLen
	keyLen      = 32
	wrappedLen  = headLen + 12 + keyLen + 16
)

// Wrap is a secret.KeyWrap over a key file.
type Wrap struct {
	aead cipher.AEAD
	// head starts each wrapped key: it tells the wrong file from damaged bytes.
	head [headLen]byte
}

var _ secret.KeyWrap = (*Wrap)(nil)

func newWrap(key []byte) (*Wrap, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	w := &Wrap{aead: aead}
	w.head[0] = wrapVersion
	print := sha256.Sum256(append([]byte("apiq key file fingerprint\x00"), key...))
	copy(w.head[1:], print[:printLen])
	return w, nil
}

// Print is the fingerprint of the key, which stands in front of each data key that
// it has wrapped: it tells one key file from another, and nothing of the key.
func (w *Wrap) Print() string { return hex.EncodeToString(w.head[1:]) }

// Master is the fingerprint.
func (w *Wrap) Master() string { return w.Print() }

// Generate makes a data key and wraps it.
func (w *Wrap) Generate(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	plain = make([]byte, keyLen)
	rand.Read(plain) // never fails (crypto/rand)
	return plain, w.seal(plain, encryptionContext), nil
}

// Unwrap gives the plain key back.
func (w *Wrap) Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(wrapped) != wrappedLen || wrapped[0] != wrapVersion {
		return nil, fmt.Errorf("%w: not a key wrapped by a key file", secret.ErrTampered)
	}
	if [headLen]byte(wrapped) != w.head {
		return nil, fmt.Errorf("%w: the data key was wrapped by another key file", secret.ErrTampered)
	}
	plain, err := w.aead.Open(nil, nil, wrapped[headLen:], w.additional(encryptionContext))
	if err != nil {
		return nil, secret.ErrTampered
	}
	return plain, nil
}

// Rewrap unwraps a data key and wraps it again under the one key of the file, with
// a new nonce.
func (w *Wrap) Rewrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	plain, err := w.Unwrap(ctx, wrapped, encryptionContext)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return w.seal(plain, encryptionContext), nil
}

func (w *Wrap) seal(plain []byte, encryptionContext map[string]string) []byte {
	return w.aead.Seal(slices.Clone(w.head[:]), nil, plain, w.additional(encryptionContext)) // #nosec G407 -- NewGCMWithRandomNonce takes none
}

// additional is the head and the encryption context in one canonical form:
// sorted by key, each part with its length.
func (w *Wrap) additional(encryptionContext map[string]string) []byte {
	b := slices.Clone(w.head[:])
	for _, k := range slices.Sorted(maps.Keys(encryptionContext)) {
		for _, part := range []string{k, encryptionContext[k]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
			b = append(b, part...)
		}
	}
	return b
}
