package quota

import (
	"context"
	"errors"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	day = 24 * time.Hour
	// daysKept is how many days are counted back, today included.
	daysKept = 31
	dayForm  = "2006-01-02"
	// plannedTokens are set aside for one question to the model: what a plan over a few
	// APIs takes.
	plannedTokens = 8000
)

// Options of a Keeper.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log gets what is no reason to refuse. Defaults to slog.Default().
	Log *slog.Logger
}

// Keeper counts what workspaces take up, and refuses what is too much.
type Keeper struct {
	store *table.Store
	plan  Plan
	now   func() time.Time
	log   *slog.Logger
	// objects are counted anew; nil where this process cannot reach them.
	objects *blob.Store
	// warned are warnings that this process knows were given; a process does not live long
	// enough to owe another one of what does not renew.
	warned *lru.Cache[string, struct{}]
}

const maxWarned = 4096

// New makes a Keeper.
func New(store *table.Store, plan Plan, opts *Options) *Keeper {
	k := &Keeper{store: store, plan: plan, now: time.Now, log: slog.Default()}
	if opts != nil && opts.Now != nil {
		k.now = opts.Now
	}
	if opts != nil && opts.Log != nil {
		k.log = opts.Log
	}
	k.warned, _ = lru.New[string, struct{}](maxWarned) // fails for size ≤ 0 only
	return k
}

// RequestsPerMinute is a workspace's limit, 0 for none.
func (k *Keeper) RequestsPerMinute(workspace string) int {
	return int(k.plan.Of(workspace, Requests))
}

// Counting is the Keeper for processes that can list what is stored: it counts the
// objects anew where that is due.
func (k *Keeper) Counting(objects *blob.Store) *Keeper {
	out := *k
	out.objects = objects
	return &out
}

// limit is that of the workspace in the context.
func (k *Keeper) limit(ctx context.Context, kind Kind) (int64, error) {
	workspace, err := tenant.From(ctx)
	return k.plan.Of(workspace, kind), err
}

// today counts a kind on this day (UTC).
func (k *Keeper) today(kind Kind, parts int) counter {
	now := k.now().UTC()
	return counter{k.store, dayName(kind, now), parts, now.Truncate(day).Add((daysKept + 1) * day)}
}

func dayName(kind Kind, at time.Time) string { return string(kind) + "#" + at.Format(dayForm) }

// renews is when a day's count begins anew.
func (k *Keeper) renews() time.Time { return k.now().UTC().Truncate(day).Add(day) }

// TakeRun counts one more run of the day in the workspace of the context, or refuses:
// QUOTA_EXCEEDED, also where the workspace's storage is full, for a run leaves bodies.
// However many processes ask at once, no more than the limit get one; a run that then
// cannot be started has been counted.
func (k *Keeper) TakeRun(ctx context.Context) error {
	if err := k.hasStorage(ctx); err != nil {
		return err
	}
	limit, err := k.limit(ctx, Runs)
	if err != nil {
		return err
	}
	sum, err := k.today(Runs, shards).add(ctx, 1, limit)
	if errors.Is(err, errFull) {
		return k.tomorrow("This workspace has started the %s runs that it may start a day.", limit)
	}
	if err == nil {
		k.near(ctx, Runs, sum, limit)
	}
	return err
}

// Hold sets tokens of the day aside for one question to the model, or refuses:
// QUOTA_EXCEEDED. settle is told what the answer took, and gives the rest back; a
// process that dies before loses its workspace what was set aside, for the day.
// Questions at the same moment share what is left, each a part of its own: beyond the
// limit goes at most what their answers take of more than was set aside.
func (k *Keeper) Hold(ctx context.Context) (settle func(ctx context.Context, used int64) error, err error) {
	limit, err := k.limit(ctx, Tokens)
	if err != nil {
		return nil, err
	}
	c, held := k.today(Tokens, 1), int64(0)
	if limit > 0 {
		for held = min(plannedTokens, limit); ; {
			sum, err := c.add(ctx, held, limit)
			if err == nil {
				break
			}
			if !errors.Is(err, errFull) {
				return nil, err
			}
			if held = limit - sum; held <= 0 {
				return nil, k.tomorrow("This workspace has used the %s tokens of the planning model that it may use a day.", limit)
			}
		}
	}
	return func(ctx context.Context, used int64) error {
		if used == held {
			return nil
		}
		settle := c.settle
		if limit == 0 {
			settle = func(ctx context.Context, n int64) (int64, error) { return c.add(ctx, n, 0) }
		}
		sum, err := settle(ctx, used-held)
		if err == nil {
			k.near(ctx, Tokens, sum, limit)
		}
		return err
	}, nil
}

// tomorrow refuses until the day is over.
func (k *Keeper) tomorrow(used string, limit int64) error {
	renews := k.renews()
	e := apierr.Newf(apierr.QuotaExceeded, used+" It may go on from %s. Whoever runs this APIQ can raise the limit.", grouped(limit), renews.Format("2006-01-02 15:04 MST"))
	e.RetryAfter = renews.Sub(k.now())
	return e
}
