// Package quota owns how much a workspace may take up: requests a minute and runs a
// day, as the operator says, for all workspaces and for single ones. It counts runs in
// the workspace's own records; requests a minute are a rate, which package limit keeps.
// It never decides what a caller may do otherwise.
package quota

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Limits are a workspace's. Zero is no limit.
type Limits struct {
	RequestsPerMinute int `json:"requestsPerMinute"`
	RunsPerDay        int `json:"runsPerDay"`
}

// Plan is the limits of all workspaces, and of single ones.
type Plan struct {
	all    Limits
	single map[string]Limits
}

// maxLimit keeps sums far from where they would overflow.
const maxLimit = 1_000_000_000

// Parse reads "requests=6000,runs=10000; wsp_…:runs=50": limits of all workspaces, then
// those of single ones, which take the place of what they name. Empty: no limits.
func Parse(text string) (Plan, error) {
	p := Plan{single: map[string]Limits{}}
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		workspace, list, single := strings.Cut(part, ":")
		if !single {
			list = part
		} else if workspace = strings.TrimSpace(workspace); !id.Is(workspace, id.Workspace) {
			return Plan{}, fmt.Errorf("quota: %q is no workspace's id", workspace)
		}
		limits := p.all // what single ones don't name; those of all come first
		for field := range strings.SplitSeq(list, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > maxLimit {
				return Plan{}, fmt.Errorf("quota: %s takes a whole number from 0, for no limit, to %d", name, maxLimit)
			}
			switch name {
			case "requests":
				limits.RequestsPerMinute = n
			case "runs":
				limits.RunsPerDay = n
			default:
				return Plan{}, fmt.Errorf("quota: there is no quota of %q: requests and runs are", name)
			}
		}
		if single {
			p.single[workspace] = limits
		} else {
			p.all = limits
		}
	}
	return p, nil
}

// Of are the limits of a workspace.
func (p Plan) Of(workspace string) Limits {
	if l, ok := p.single[workspace]; ok {
		return l
	}
	return p.all
}

const (
	quotaPK = "QUOTA"
	day     = 24 * time.Hour
	// kept is how long days are counted back.
	kept    = 31 * day
	dayForm = "2006-01-02"
)

func runsKey(at time.Time) table.Key {
	return table.Key{PK: quotaPK, SK: "runs#" + at.UTC().Format(dayForm)}
}

type count struct {
	N int `json:"n"`
}

// Keeper counts what workspaces take up.
type Keeper struct {
	store *table.Store
	plan  Plan
	now   func() time.Time
}

// New makes a Keeper. now defaults to time.Now.
func New(store *table.Store, plan Plan, now func() time.Time) *Keeper {
	if now == nil {
		now = time.Now
	}
	return &Keeper{store, plan, now}
}

// RequestsPerMinute is a workspace's limit, 0 for none.
func (k *Keeper) RequestsPerMinute(workspace string) int {
	return k.plan.Of(workspace).RequestsPerMinute
}

// errFull ends a count that has reached its limit.
var errFull = errors.New("quota: used up")

// TakeRun counts one more run of the day in the workspace of the context, or refuses:
// QUOTA_EXCEEDED. However many processes ask at once, no more than the limit get one;
// a run that then cannot be started has been counted. Without a limit nothing is.
func (k *Keeper) TakeRun(ctx context.Context) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	limit := k.plan.Of(workspace).RunsPerDay
	if limit == 0 {
		return nil
	}
	now := k.now().UTC()
	at := runsKey(now)
	for {
		_, _, err = table.Modify(ctx, k.store, at, func(c *count) error {
			if c.N >= limit {
				return errFull
			}
			c.N++
			return nil
		})
		if !errors.Is(err, table.ErrNotFound) {
			break
		}
		item, err := table.JSONItem(at, count{1})
		if err != nil {
			return err
		}
		item.ExpiresAt = now.Add(kept)
		if _, err := k.store.Put(ctx, item, table.Absent()); !errors.Is(err, table.ErrCondition) { // else another made it
			return err
		}
	}
	if errors.Is(err, errFull) {
		renews := now.Truncate(day).Add(day)
		e := apierr.Newf(apierr.QuotaExceeded, "This workspace has started the %d runs that it may start a day. It may start more from %s on.", limit, renews.Format("2006-01-02 15:04 MST"))
		e.RetryAfter = renews.Sub(now)
		return e
	}
	return err
}

// Day is what was taken up on one day.
type Day struct {
	Day  string `json:"day"` // UTC
	Runs int    `json:"runs"`
}

// Usage is what a workspace takes up, and may.
type Usage struct {
	Limits Limits `json:"limits"`
	// RunsToday counts toward limits.runsPerDay until RenewsAt. Without that limit
	// nothing is counted.
	RunsToday int       `json:"runsToday"`
	RenewsAt  time.Time `json:"renewsAt"`
	Days      []Day     `json:"days"` // that anything was counted on, the newest first
}

// Usage tells of the workspace in the context.
func (k *Keeper) Usage(ctx context.Context) (Usage, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Usage{}, err
	}
	now := k.now().UTC()
	u := Usage{Limits: k.plan.Of(workspace), RenewsAt: now.Truncate(day).Add(day), Days: []Day{}}
	for item, err := range k.store.All(ctx, table.Query{PK: quotaPK, Prefix: "runs#", Reverse: true}) {
		if err != nil {
			return Usage{}, err
		}
		var c count
		if err := item.Decode(&c); err != nil {
			return Usage{}, err
		}
		d := Day{strings.TrimPrefix(item.SK, "runs#"), c.N}
		if u.Days = append(u.Days, d); d.Day == now.Format(dayForm) {
			u.RunsToday = d.Runs
		}
	}
	return u, nil
}
