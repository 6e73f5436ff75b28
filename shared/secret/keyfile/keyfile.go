// Package keyfile is the key service for one machine: data keys are wrapped by the
// newest key in a file that only its owner may read; older keys in it still unwrap.
// It owns that file's form and the
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
	"sync"

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

// Wrap is a secret.KeyWrap over a key file. The file may get another key while it is
// open (Rotate): it is looked at again before a data key is wrapped, and where one
// was wrapped by a key that is not known here.
type Wrap struct {
	path string

	mu   sync.Mutex
	read fileState
	keys []*master // the oldest first; the last one wraps
}

// master is one key of the file.
type master struct {
	aead cipher.AEAD
	// head starts each wrapped key: it tells the wrong file from damaged bytes.
	head [headLen]byte
}

var _ secret.KeyWrap = (*Wrap)(nil)

func newMaster(key []byte) (*master, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("keyfile: %w", err)
	}
	m := &master{aead: aead}
	m.head[0] = wrapVersion
	print := sha256.Sum256(append([]byte("apiq key file fingerprint\x00"), key...))
	copy(m.head[1:], print[:printLen])
	return m, nil
}

func (m *master) print() string { return hex.EncodeToString(m.head[1:]) }

// newest is the key that wraps, of the file as it is now. Where it cannot be read,
// the keys that are known serve on.
func (w *Wrap) newest() *master {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.reread()
	return w.keys[len(w.keys)-1]
}

// wrapper is the key that has wrapped a data key, nil where the file does not have it.
func (w *Wrap) wrapper(wrapped []byte) *master {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range 2 {
		for _, m := range w.keys {
			if [headLen]byte(wrapped) == m.head {
				return m
			}
		}
		if !w.reread() {
			break
		}
	}
	return nil
}

// Print is the fingerprint of the newest key, which stands in front of each data key
// that it has wrapped: it tells one key from another, and nothing of the key.
func (w *Wrap) Print() string { return w.newest().print() }

// Prints are those of all keys of the file, the oldest first.
func (w *Wrap) Prints() (all []string) {
	w.newest()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.keys {
		all = append(all, m.print())
	}
	return all
}

// Master is the fingerprint.
func (w *Wrap) Master() string { return w.Print() }

// Generate makes a data key and wraps it.
func (w *Wrap) Generate(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	plain = make([]byte, keyLen)
	rand.Read(plain) // never fails (crypto/rand)
	return plain, w.newest().seal(plain, encryptionContext), nil
}

// Unwrap gives the plain key back.
func (w *Wrap) Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(wrapped) != wrappedLen || wrapped[0] != wrapVersion {
		return nil, fmt.Errorf("%w: not a key wrapped by a key file", secret.ErrTampered)
	}
	m := w.wrapper(wrapped)
	if m == nil {
		return nil, fmt.Errorf("%w: the data key was wrapped by another key file", secret.ErrTampered)
	}
	plain, err := m.aead.Open(nil, nil, wrapped[headLen:], m.additional(encryptionContext))
	if err != nil {
		return nil, secret.ErrTampered
	}
	return plain, nil
}

// Rewrap unwraps a data key and wraps it again under the newest key of the file, with
// a new nonce.
func (w *Wrap) Rewrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	plain, err := w.Unwrap(ctx, wrapped, encryptionContext)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return w.newest().seal(plain, encryptionContext), nil
}

func (m *master) seal(plain []byte, encryptionContext map[string]string) []byte {
	return m.aead.Seal(slices.Clone(m.head[:]), nil, plain, m.additional(encryptionContext)) // #nosec G407 -- NewGCMWithRandomNonce takes none
}

// additional is the head and the encryption context in one canonical form:
// sorted by key, each part with its length.
func (m *master) additional(encryptionContext map[string]string) []byte {
	b := slices.Clone(m.head[:])
	for _, k := range slices.Sorted(maps.Keys(encryptionContext)) {
		for _, part := range []string{k, encryptionContext[k]} {
			b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
			b = append(b, part...)
		}
	}
	return b
}
