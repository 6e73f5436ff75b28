// Package id makes the identifiers of resources: a prefix that names the kind
// and a UUIDv7 (RFC 9562), so that ids sort by the time they were made.
package id

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
)

// Prefixes of the contract.
const (
	User         = "usr_"
	Workspace    = "wsp_"
	Connection   = "con_"
	Workflow     = "wfl_"
	Plan         = "pln_"
	Execution    = "exe_"
	Trigger      = "trg_"
	Audit        = "aud_"
	Session      = "ses_"
	Conversation = "cnv_"
	Invite       = "inv_"
	Request      = "req_"
	Erasure      = "era_"
	Group        = "grp_"
	Provisioner  = "prv_"
	Mail         = "msg_"
	Token        = "tok_"
	Passkey      = "psk_"
	Challenge    = "chl_"
	Sink         = "snk_"
)

// New makes a new id of a kind. It panics only if the system has no randomness.
func New(prefix string) string { return prefix + uuid.Must(uuid.NewV7()).String() }

// Is says whether s is an id of a kind, in the one form that New gives:
// lower case, with hyphens, version 7.
func Is(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return false
	}
	u, err := uuid.Parse(rest)
	return err == nil && u.String() == rest && u.Version() == 7
}

type seedKey struct{}

// seed gives ids one after the other.
type seed struct {
	first uuid.UUID
	given atomic.Uint32
}

// WithSeed returns a context in which In gives the same ids, in the same order, each
// time. The seed is an id without a prefix; any other is none.
func WithSeed(ctx context.Context, text string) context.Context {
	first, err := uuid.Parse(text)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, seedKey{}, &seed{first: first})
}

// In is New, or under a seed the next id that it gives: what is done again under the
// same seed then finds what was made the first time.
func In(ctx context.Context, prefix string) (id string, seeded bool) {
	s, ok := ctx.Value(seedKey{}).(*seed)
	if !ok {
		return New(prefix), false
	}
	next := s.first
	tail := next[12:] // of what is random in it
	binary.BigEndian.PutUint32(tail, binary.BigEndian.Uint32(tail)+s.given.Add(1)-1)
	return prefix + next.String(), true
}

// Branch gives, under a seed, a context with a seed of its own for what has this name:
// parts that are done side by side, or not in the same order again, then find their ids.
func Branch(ctx context.Context, name string) context.Context {
	s, ok := ctx.Value(seedKey{}).(*seed)
	if !ok {
		return ctx
	}
	first := s.first
	sum := sha256.Sum256([]byte(first.String() + name))
	copy(first[9:], sum[:]) // of what is random in it
	return context.WithValue(ctx, seedKey{}, &seed{first: first})
}
