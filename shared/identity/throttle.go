package identity

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/mail/letter"
	"github.com/apiq/apiq/shared/pause"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// brake slows tries down: so many fail without a wait, then each waits twice as long
// as the one before, up to most.
type brake struct {
	free        int
	first, most time.Duration
}

// The brakes of passwords. One is for an e-mail from one network. The other is for an
// e-mail from all networks together that it has not been used from: who guesses from
// many gets 30 tries and then twelve an hour, while its owner, where they have signed
// in lately, does not notice.
var (
	pairBrake    = brake{free: 5, first: 15 * time.Second, most: 15 * time.Minute}
	accountBrake = brake{free: 30, first: 5 * time.Second, most: 5 * time.Minute}
)

const (
	// brakeMemory is how long failures count after the last one.
	brakeMemory = 24 * time.Hour
	// knownFor is how long a network is known that a person signed in from.
	knownFor = 30 * 24 * time.Hour
	// takeAttempts bounds what many tries at one moment wait for each other.
	takeAttempts = 12
)

// failures are the tries that one brake has seen and that were not right, or not yet.
type failures struct {
	Count int       `json:"count"`
	Next  time.Time `json:"next"`
}

// attempt is one try that may go on. It counts as failed until it is right.
type attempt struct {
	email, network string
	known          bool
	// held: it is the one with which further tries from unknown networks begin to wait.
	held bool
}

// Records of tries are kept under a hash, whether the address is anybody's or not.
func pairKey(email, network string) table.Key {
	return table.Key{PK: "TRY#" + hashToken(email+"|"+network), SK: "0"}
}
func accountKey(email string) table.Key { return table.Key{PK: "TRY#" + hashToken(email), SK: "0"} }
func knownPK(email string) string       { return "KNOWN#" + hashToken(email) }
func knownKey(email, network string) table.Key {
	return table.Key{PK: knownPK(email), SK: hashToken(network)}
}

// try begins a try of a password for an address, or refuses it. The count is written
// before the password is looked at: of many tries at once, each is counted.
func (s *Service) try(ctx context.Context, email string) (attempt, error) {
	a := attempt{email: email, network: Network(tenant.ActorFrom(ctx).IP)}
	switch _, err := s.store.Get(tenant.WithSystem(ctx), knownKey(a.email, a.network)); {
	case err == nil:
		a.known = true
	case !errors.Is(err, table.ErrNotFound):
		return a, err
	}
	if _, err := s.take(ctx, pairKey(a.email, a.network), pairBrake); err != nil || a.known {
		return a, err
	}
	n, err := s.take(ctx, accountKey(a.email), accountBrake)
	if err != nil {
		return a, errors.Join(err, s.giveBack(ctx, pairKey(a.email, a.network)))
	}
	a.held = n == accountBrake.free
	return a, nil
}

// take counts one try and returns how many there are, or refuses it.
func (s *Service) take(ctx context.Context, key table.Key, b brake) (int, error) {
	for range takeAttempts {
		now := s.now().UTC()
		f, version, err := load[failures](ctx, s, key)
		if err != nil && !errors.Is(err, table.ErrNotFound) {
			return 0, err
		}
		if wait := f.Next.Sub(now); wait > 0 {
			return 0, tooMany(wait)
		}
		f.Count++
		if over := f.Count - b.free; over >= 0 {
			f.Next = now.Add(min(b.first<<min(over, 16), b.most))
		}
		op, err := put(key, f, table.Unchanged(version), now.Add(brakeMemory))
		if err != nil {
			return 0, err
		}
		_, err = s.store.Put(tenant.WithSystem(ctx), op.Item, op.If)
		if !errors.Is(err, table.ErrCondition) {
			return f.Count, err
		}
		if err := pause.For(ctx, rand.N(5*time.Millisecond)); err != nil { // #nosec G404 -- jitter
			return 0, err
		}
	}
	return 0, tooMany(time.Second)
}

func tooMany(wait time.Duration) error {
	e := apierr.New(apierr.RateLimited, "Too many tries for this e-mail. Wait as long as Retry-After says, or choose a new password by e-mail.")
	e.RetryAfter = wait
	return e
}

// giveBack takes one try out of the count, and its wait with it.
func (s *Service) giveBack(ctx context.Context, key table.Key) error {
	_, _, err := table.Modify(tenant.WithSystem(ctx), s.store, key, func(f *failures) error {
		f.Count, f.Next = max(0, f.Count-1), time.Time{}
		return nil
	})
	if errors.Is(err, table.ErrNotFound) {
		return nil
	}
	return err
}

// right ends a try that was right: its own count begins anew, and the account's does
// without it, keeping what others have failed.
func (s *Service) right(ctx context.Context, a attempt) error {
	if !a.known {
		if err := s.giveBack(ctx, accountKey(a.email)); err != nil {
			return err
		}
	}
	return s.store.Delete(tenant.WithSystem(ctx), pairKey(a.email, a.network), table.Always())
}

// entered makes the network known that a person signs in from. Whoever has signed
// in from elsewhere before is told of a new one.
func (s *Service) entered(ctx context.Context, a attempt, user userRecord) error {
	ctx = tenant.WithSystem(ctx)
	others, err := s.store.Query(ctx, table.Query{PK: knownPK(a.email), Limit: 1})
	if err != nil {
		return err
	}
	now := s.now().UTC()
	known, err := put(knownKey(a.email, a.network), struct {
		At time.Time `json:"at"`
	}{now}, table.Always(), now.Add(knownFor))
	if err != nil {
		return err
	}
	if a.known || len(others.Items) == 0 {
		return s.store.Transact(ctx, []table.Op{known})
	}
	actor := tenant.ActorFrom(ctx)
	parcel, err := s.post.Pack(ctx, user.ID, user.Email, letter.NewSignIn(user.Name, Device(actor.Agent), actor.IP, now, s.post.Link(pageSecurity)))
	if err != nil {
		return err
	}
	if err := s.store.Transact(ctx, []table.Op{known, parcel.Op}); err != nil {
		return err
	}
	s.post.Ring(ctx, parcel)
	return nil
}
