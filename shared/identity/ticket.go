package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// What a ticket is for.
const (
	ticketVerify = "verify" // an address is its owner's
	ticketReset  = "reset"  // another password
	ticketChange = "change" // another address
	ticketUndo   = "undo"   // the earlier address again
)

// How long tickets are good for.
const (
	verifyLife = 3 * 24 * time.Hour
	resetLife  = time.Hour
	changeLife = 24 * time.Hour
	undoLife   = 7 * 24 * time.Hour
)

// ticket lets whoever has its token do one thing once. It is kept under the hash of
// the token: who reads the table can use none.
type ticket struct {
	Kind string `json:"kind"`
	// UserID is whose it is; nobody's is there so that making it took as long.
	UserID string `json:"userId"`
	// Email is the address that it was made for.
	Email string `json:"email"`
	// Stamp is of the password at that time: another password voids the ticket.
	Stamp     string    `json:"stamp"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func ticketKey(hash string) table.Key { return table.Key{PK: "TICKET#" + hash, SK: "0"} }

// stamp changes with the password.
func stamp(passwordHash string) string { return hashToken(passwordHash)[:16] }

// newTicket makes a ticket, and the operation that keeps it.
func (s *Service) newTicket(kind string, user userRecord, email string, life time.Duration) (token string, op table.Op, err error) {
	token = "tkt_" + strings.ToLower(rand.Text())
	t := ticket{Kind: kind, UserID: user.ID, Email: email, Stamp: stamp(user.PasswordHash), ExpiresAt: s.now().Add(life).UTC().Truncate(time.Second)}
	op, err = put(ticketKey(hashToken(token)), t, table.Absent(), t.ExpiresAt)
	return token, op, err
}

func badTicket() error {
	return problem("/token", "invalid", "The link is used, too old, or not valid. Ask for a new one.")
}

// redeem reads a ticket of one of these kinds with its person; used is the operation
// that uses it up, which belongs into the transaction of what it is for.
func (s *Service) redeem(ctx context.Context, token string, kinds ...string) (t ticket, user userRecord, used table.Op, err error) {
	at := ticketKey(hashToken(token))
	t, version, err := load[ticket](ctx, s, at)
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return t, user, used, err
	}
	fits := false
	for _, kind := range kinds {
		fits = fits || t.Kind == kind
	}
	if err != nil || !fits || t.UserID == "" || !t.ExpiresAt.After(s.now()) {
		return t, user, used, badTicket()
	}
	user, err = s.user(ctx, t.UserID)
	if err != nil {
		return t, user, used, notFoundIs(err, badTicket())
	}
	if t.Kind != ticketUndo && t.Stamp != stamp(user.PasswordHash) {
		return t, user, used, badTicket()
	}
	return t, user, table.Global(table.Delete(at, table.IfVersion(version))), nil
}

// usedMeanwhile names the failed condition of a transaction that begins with a ticket.
func usedMeanwhile(err error) error {
	var failed *table.ConditionError
	if errors.As(err, &failed) && failed.Index == 0 {
		return badTicket()
	}
	return err
}
