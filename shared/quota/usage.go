package quota

import (
	"context"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Day is what was taken up on one day.
type Day struct {
	Day    string `json:"day"` // UTC
	Runs   int64  `json:"runs"`
	Tokens int64  `json:"tokens"`
}

// Item is what is used of one kind.
type Item struct {
	What Kind `json:"what"`
	// Used is null where it is not counted: of a rate.
	Used *int64 `json:"used"`
	// Limit is null where there is none.
	Limit *int64 `json:"limit"`
	// RenewsAt is when what is used is counted anew; missing where it is what there is.
	RenewsAt time.Time `json:"renewsAt,omitzero"`
}

// Usage is what a workspace takes up, and may.
type Usage struct {
	Items []Item `json:"items"`
	// Days are those of the last 31 that anything was counted on, the newest first.
	Days []Day `json:"days"`
	// Limits, RunsToday and RenewsAt say again what is in Items, as they did first.
	Limits    Rates     `json:"limits"`
	RunsToday int64     `json:"runsToday"`
	RenewsAt  time.Time `json:"renewsAt"`
}

// Rates are limits of runs and requests; 0 is none.
type Rates struct {
	RequestsPerMinute int64 `json:"requestsPerMinute"`
	RunsPerDay        int64 `json:"runsPerDay"`
}

// Counters say how many there are of what is not counted here, in the workspace of the
// context.
type Counters map[Kind]func(ctx context.Context) (int64, error)

// Usage tells of the workspace in the context.
func (k *Keeper) Usage(ctx context.Context, counters Counters) (Usage, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Usage{}, err
	}
	now := k.now().UTC()
	u := Usage{RenewsAt: k.renews(), Days: []Day{}, Items: []Item{},
		Limits: Rates{RequestsPerMinute: k.plan.Of(workspace, Requests), RunsPerDay: k.plan.Of(workspace, Runs)}}
	if u.Days, err = k.days(ctx, now); err != nil {
		return Usage{}, err
	}
	today := Day{}
	if len(u.Days) > 0 && u.Days[0].Day == now.Format(dayForm) {
		today = u.Days[0]
	}
	u.RunsToday = today.Runs
	for _, kind := range Kinds() {
		item := Item{What: kind}
		if limit := k.plan.Of(workspace, kind); limit > 0 {
			item.Limit = &limit
		}
		switch count := counters[kind]; {
		case kind == Runs:
			item.Used, item.RenewsAt = &today.Runs, u.RenewsAt
		case kind == Tokens:
			item.Used, item.RenewsAt = &today.Tokens, u.RenewsAt
		case kind == Storage:
			n, err := k.stored(ctx)
			if err != nil {
				return Usage{}, err
			}
			item.Used = &n
		case count != nil:
			n, err := count(ctx)
			if err != nil {
				return Usage{}, err
			}
			item.Used = &n
		}
		u.Items = append(u.Items, item)
	}
	return u, nil
}

// stored is how many bytes are stored.
func (k *Keeper) stored(ctx context.Context) (int64, error) {
	if err := k.recount(ctx, countedAgain); err != nil {
		return 0, err
	}
	t, err := k.storage().read(ctx)
	return max(0, t.sum), err
}

// days are those that anything was counted on, the newest first.
func (k *Keeper) days(ctx context.Context, now time.Time) ([]Day, error) {
	oldest := now.AddDate(0, 0, 1-daysKept)
	byDay := map[string]*Day{}
	for _, kind := range []Kind{Runs, Tokens} {
		prefix := string(kind) + "#"
		for item, err := range k.store.All(ctx, table.Query{PK: quotaPK, From: dayName(kind, oldest), To: dayName(kind, now) + "~"}) {
			if err != nil {
				return nil, err
			}
			var c count
			if err := item.Decode(&c); err != nil {
				return nil, err
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(item.SK, prefix), "#")
			d := byDay[name]
			if d == nil {
				d = &Day{Day: name}
				byDay[name] = d
			}
			if kind == Runs {
				d.Runs += c.N
			} else {
				d.Tokens += c.N
			}
		}
	}
	days := []Day{}
	for at := now; !at.Before(oldest); at = at.AddDate(0, 0, -1) {
		if d := byDay[at.Format(dayForm)]; d != nil {
			days = append(days, *d)
		}
	}
	return days, nil
}
