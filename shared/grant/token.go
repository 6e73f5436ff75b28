package grant

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// ahead is how long before its end a token is renewed, where that leaves it 80 % of
	// its life; the shorter its life, the later.
	ahead = 5 * time.Minute
	// skew is how much our clock and the API's may differ: a token so near its end is
	// not sent any more. Of a life that is short itself it is a tenth.
	skew = 10 * time.Second
	// freshFor is how old a token must be before one that an API refuses is replaced:
	// another new one would be refused as well. Of a short life it is the half.
	freshFor = time.Minute
	// pollMax bounds the pause between two looks at a grant that another one renews.
	pollMax = 250 * time.Millisecond
)

// standing is how a grant stands at one moment, for one who wants a token.
type standing int

const (
	usable  standing = iota // take the token at hand
	renewal                 // take it, but one should renew it
	needed                  // nothing can be sent without another token
)

// judge says how the grant stands. refused, where not 0, is the serial of a token that
// the API took no more.
func (r record) judge(now time.Time, refused int64) standing {
	switch {
	case r.Sealed == nil, refused != 0 && r.Serial == refused, !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt.Add(-min(skew, r.ExpiresAt.Sub(r.IssuedAt)/10))):
		return needed
	case r.Renewable && !r.ExpiresAt.IsZero() && !now.Before(r.renewAt()):
		return renewal
	}
	return usable
}

// renewAt is at 80 % of a token's life, or five minutes before its end, whichever is later.
func (r record) renewAt() time.Time {
	most := r.IssuedAt.Add(r.ExpiresAt.Sub(r.IssuedAt) / 10 * 8)
	if late := r.ExpiresAt.Add(-ahead); late.After(most) {
		return late
	}
	return most
}

func (r record) freshFor() time.Duration {
	if r.ExpiresAt.IsZero() {
		return freshFor
	}
	return min(freshFor, r.ExpiresAt.Sub(r.IssuedAt)/2)
}

// Token implements connection.Tokens.
func (s *Service) Token(ctx context.Context, c connection.Connection, refused int64) (connection.Token, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return connection.Token{}, err
	}
	for range 3 {
		r, err := s.read(ctx, c)
		if err != nil {
			return connection.Token{}, err
		}
		if r.judge(s.now(), refused) == usable {
			return s.token(ctx, c.ID, r.record)
		}
		// Whoever asks first waits no longer than the last: what it began is not ended
		// with its request, for the answer may hold the only refresh token there is.
		flight := s.flights.DoChan(workspace+"/"+c.ID, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Lease+s.o.Timeout)
			defer cancel()
			return s.renew(ctx, c, refused)
		})
		select {
		case <-ctx.Done():
			return connection.Token{}, ctx.Err()
		case done := <-flight:
			if done.Err != nil {
				return connection.Token{}, done.Err
			}
			if t := done.Val.(connection.Token); refused == 0 || t.Serial != refused { //nolint:forcetypeassert // renew's own
				return t, nil
			}
		}
		// The flight was another's, to whom this token had not been refused.
	}
	return connection.Token{}, apierr.New(apierr.UpstreamError, "The provider gives no other token at the moment.")
}

// renew gives a token, a new one where that is needed. Of all who want one at a time,
// in whatever process, one asks; the others take the token at hand, or wait.
func (s *Service) renew(ctx context.Context, c connection.Connection, refused int64) (connection.Token, error) {
	pause := 10 * time.Millisecond
	for {
		r, err := s.read(ctx, c)
		if err != nil {
			return connection.Token{}, err
		}
		now := s.now()
		st := r.judge(now, refused)
		faulty, held, leased := r.Account != nil && r.Account.Fault != "", r.Hold != nil && now.Before(r.Hold.Until), r.Lease != nil && now.Before(r.Lease.Until)
		switch {
		case st == usable, st == renewal && (faulty || held || leased):
			return s.token(ctx, c.ID, r.record)
		case faulty:
			return connection.Token{}, apierr.New(apierr.Reauthorize, r.Account.Fault)
		case held:
			e := apierr.New(r.Hold.Code, r.Hold.Detail)
			e.RetryAfter = r.Hold.Until.Sub(now)
			return connection.Token{}, e
		case leased:
			if err := s.o.Sleep(ctx, pause); err != nil {
				return connection.Token{}, apierr.Wrap(apierr.UpstreamTimeout, "The connection's token is being renewed, and that takes too long.", err)
			}
			pause = min(2*pause, pollMax)
			continue
		case refused != 0 && r.Serial == refused && now.Sub(r.IssuedAt) < r.freshFor():
			return connection.Token{}, apierr.New(apierr.Reauthorize, "The API refuses a token that was given less than a minute ago: connect the account again, with the scopes that are needed.")
		}
		t, err := s.renewOnce(ctx, c, r)
		switch {
		case errors.Is(err, table.ErrCondition):
		case err != nil && st == renewal: // it is early: what is at hand still serves
			return s.token(ctx, c.ID, r.record)
		default:
			return t, err
		}
		// Another was first: look again what became of it.
	}
}

// renewOnce takes the lease, asks, and stores what it is answered. ErrCondition:
// another has the lease.
func (s *Service) renewOnce(ctx context.Context, c connection.Connection, r stored) (connection.Token, error) {
	_, config, err := s.connections.OAuth(ctx, c.ID)
	if err != nil {
		return connection.Token{}, err
	}
	have, err := s.open(ctx, c.ID, r.record)
	if err != nil {
		return connection.Token{}, err
	}
	if config.Grant.Personal() && have.Refresh == "" {
		return connection.Token{}, s.ended(ctx, c, r)
	}
	if r.Lease != nil {
		r.Lost++ // whoever had it died, or was thought dead
	}
	r.Lease = &lease{Holder: id.New(id.Request), Until: s.now().Add(s.o.Lease)}
	if r, err = s.write(ctx, c.ID, r); err != nil {
		return connection.Token{}, err
	}
	// From here on the request may have its effect. What it is answered is kept even if
	// nobody waits for it any more.
	a, refusal := s.obtain(ctx, config, have.Refresh)
	if refusal != nil {
		return connection.Token{}, s.refused(ctx, c, config, r, refusal)
	}
	if a.refresh == "" {
		a.refresh = have.Refresh // it stays valid where no other is given (RFC 6749, 6)
	}
	return s.keep(ctx, c, config, r, a)
}

// ended says of a grant that cannot be renewed that it is over.
func (s *Service) ended(ctx context.Context, c connection.Connection, r stored) error {
	detail := "Nobody has consented yet: connect the account."
	if r.Sealed != nil {
		detail = "The provider's token has ended, and none was given to renew it with: connect the account again."
		r.fault(c, detail)
		if _, err := s.write(ctx, c.ID, r); err != nil {
			return err
		}
	}
	return apierr.New(apierr.Reauthorize, detail)
}

// fault marks the grant as of no use.
func (r *record) fault(c connection.Connection, detail string) {
	a := connection.Account{}
	if r.Account != nil {
		a = *r.Account
	} else if c.Auth.OAuth != nil {
		a.Provider = provider(*c.Auth.OAuth)
	}
	a.Fault, a.Renews = detail, false
	r.Account, r.Lease = &a, nil
}

// holds is how long the authorisation server is left alone after the nth failure.
func holds(n int) time.Duration { return min(time.Second<<min(n, 6), time.Minute) }

// clientHold is how long one is left alone that does not take the client: a run of a
// thousand steps must not knock a thousand times with what is wrong.
const clientHold = time.Minute

// refused gives the lease back and keeps what follows from the refusal.
func (s *Service) refused(ctx context.Context, c connection.Connection, config connection.OAuthConfig, r stored, f *fault) error {
	base := r
	next := func(r stored) stored {
		r.Lease = nil
		switch {
		case f.kind == faultGrant && config.Grant.Personal():
			if r.Lost > 0 {
				f.detail = "A renewal was interrupted before its answer could be stored, and the provider no longer takes the token from before it: connect the account again."
			}
			r.fault(c, f.detail)
		case f.kind == faultGrant, f.kind == faultClient, f.kind == faultDenied:
			f.code = apierr.CredentialsInvalid
			r.Hold = &hold{Until: s.now().Add(clientHold), Code: f.code, Detail: f.detail}
		default:
			tries := 0
			if r.Hold != nil {
				tries = r.Hold.Tries + 1
			}
			wait := max(f.wait, holds(tries))
			f.wait = wait
			r.Hold = &hold{Until: s.now().Add(wait), Code: f.code, Detail: f.detail, Tries: tries}
		}
		return r
	}
	_, err := s.write(ctx, c.ID, next(base))
	switch {
	case errors.Is(err, table.ErrCondition):
		return err // it was given anew, or removed: look again
	case err != nil:
		s.o.Log.WarnContext(ctx, "the refusal of a token could not be stored; its lease ends by itself", "connection", c.ID, "cause", err)
	}
	s.o.Log.InfoContext(ctx, "no token", "connection", c.ID, "code", f.code, "cause", f.cause)
	return f.public()
}

// storing is how often an answer is tried to be stored, at most.
const storing = 12

// keep stores a new token. It is worth many tries: where the refresh token rotates, the
// one at hand is the only one there is.
func (s *Service) keep(ctx context.Context, c connection.Connection, config connection.OAuthConfig, r stored, a answer) (connection.Token, error) {
	base, holder := r.Serial, r.Lease.Holder
	pause := 20 * time.Millisecond
	for try := 1; ; try++ {
		next := r
		if err := s.renewed(ctx, c, config, &next.record, a); err != nil && try == storing {
			return connection.Token{}, err
		} else if err == nil {
			_, err = s.write(ctx, c.ID, next)
			if err == nil {
				return connection.Token{Access: secret.New(a.access), Origins: config.Origins, Serial: next.Serial, ExpiresAt: next.ExpiresAt}, nil
			}
			if try == storing {
				return connection.Token{}, err
			}
			if !errors.Is(err, table.ErrCondition) {
				s.o.Log.WarnContext(ctx, "a new token could not be stored; it is tried again", "connection", c.ID, "cause", err)
			}
		}
		if err := s.o.Sleep(ctx, pause); err != nil {
			return connection.Token{}, err
		}
		pause = min(2*pause, time.Second)
		now, err := s.read(ctx, c)
		switch {
		case err != nil: // the table does not answer: try again
		case now.version == 0 || now.Of != r.Of:
			return connection.Token{}, apierr.New(apierr.Conflict, "The connection was given another credential, or disconnected, at this moment.")
		case now.Serial != base:
			// Ours, where the answer of the write was lost; or another's, who was first.
			return s.token(ctx, c.ID, now.record)
		default:
			// Nothing newer is stored. One who took the lease over asks with the token from
			// before; what we hold is good, and is stored under that one's feet.
			if now.Lease != nil && now.Lease.Holder != holder {
				s.o.Log.WarnContext(ctx, "a renewal took longer than its lease", "connection", c.ID)
			}
			r = now
		}
	}
}

// renewed puts an answer into the record, as its next token.
func (s *Service) renewed(ctx context.Context, c connection.Connection, config connection.OAuthConfig, r *record, a answer) error {
	now := s.now()
	if err := s.put(ctx, c.ID, r, tokens{Access: a.access, Refresh: a.refresh, Origins: config.Origins}); err != nil {
		return err
	}
	account := connection.Account{ConnectedAt: now}
	if r.Account != nil {
		account = *r.Account
		account.RefreshedAt = now
	}
	account.Provider, account.Fault = provider(config.OAuth), ""
	if a.email != "" {
		account.Email = a.email
	}
	if a.scopes != nil {
		account.Scopes = a.scopes
	}
	r.Serial++
	r.IssuedAt, r.ExpiresAt = now, time.Time{}
	if a.life > 0 {
		r.ExpiresAt = now.Add(a.life)
	}
	r.Renewable = a.refresh != "" || !config.Grant.Personal()
	account.ExpiresAt, account.Renews = r.ExpiresAt, r.Renewable
	r.Account, r.Lease, r.Hold, r.Lost = &account, nil, nil, 0
	return nil
}
