package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

// Cost is what Argon2id takes to hash a password, in one lane.
type Cost struct {
	Passes uint32
	KiB    uint32
}

// recommended is of OWASP's password storage cheat sheet.
var recommended = Cost{Passes: 2, KiB: 19 * 1024}

// At most two at once, so that sign-ins cannot exhaust the memory.
const (
	argonThreads = 1
	argonKey     = 32
	argonSalt    = 16
	argonAtOnce  = 2
)

// hasher hashes and checks passwords.
type hasher struct {
	cost  Cost
	slots *semaphore.Weighted
	// decoy is checked for unknown e-mails, so that they take the same time. It is
	// random bytes in the form of a hash: no password has it.
	decoy string
}

func newHasher(cost Cost) *hasher {
	salt, key := make([]byte, argonSalt), make([]byte, argonKey)
	rand.Read(salt) // never fails (crypto/rand)
	rand.Read(key)
	return &hasher{cost: cost, slots: semaphore.NewWeighted(argonAtOnce), decoy: cost.encode(salt, key)}
}

// encode gives "argon2id$t$m$p$salt$key".
func (c Cost) encode(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", c.Passes, c.KiB, argonThreads, enc.EncodeToString(salt), enc.EncodeToString(key))
}

// hash gives the form that is kept.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails (crypto/rand)
	key, err := h.derive(ctx, password, salt, h.cost.Passes, h.cost.KiB, argonThreads)
	if err != nil {
		return "", err
	}
	return h.cost.encode(salt, key), nil
}

// verify takes the same time for any hash of the current cost, "" included.
func (h *hasher) verify(ctx context.Context, password, stored string) (bool, error) {
	known := stored != ""
	if !known {
		stored = h.decoy
	}
	var t, m uint32
	var p uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "argon2id" {
		return false, fmt.Errorf("identity: stored password hash has an unknown form")
	}
	if _, err := fmt.Sscan(parts[1], &t); err != nil {
		return false, err
	}
	if _, err := fmt.Sscan(parts[2], &m); err != nil {
		return false, err
	}
	if _, err := fmt.Sscan(parts[3], &p); err != nil {
		return false, err
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, t, m, p)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (h *hasher) derive(ctx context.Context, password string, salt []byte, t, m uint32, p uint8) ([]byte, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer h.slots.Release(1)
	return argon2.IDKey([]byte(password), salt, t, m, p, argonKey), nil
}
