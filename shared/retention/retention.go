// Package retention owns how long a workspace keeps what it makes: which kinds there
// are, within which bounds an admin may choose, and what was chosen. It removes
// nothing: upkeep does, at night.
package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Kind is a kind of data.
type Kind string

// The kinds, in the order that they are shown in.
const (
	// Runs that have ended, with their logs, journals and bodies.
	Runs Kind = "runs"
	// Plans, and the conversations that they are of.
	Plans Kind = "plans"
	// Deliveries are what reached triggers.
	Deliveries Kind = "deliveries"
	// Audit is the trail.
	Audit Kind = "audit"
	// Mail is what waits to be sent, or lies in an outbox.
	Mail Kind = "mail"
	// Sessions, links by mail, codes under way.
	Sessions Kind = "sessions"
)

const (
	// MaxDays bounds what is kept for a time at all.
	MaxDays = 36500
	// PlanDays and DeliveryDays are how long those are kept by themselves.
	PlanDays     = 30
	DeliveryDays = 7
)

// Item is how long one kind is kept.
type Item struct {
	Kind Kind `json:"kind" jsonschema:"enum=runs,enum=plans,enum=deliveries,enum=audit,enum=mail,enum=sessions"`
	// Days is for how long after it ended, or was made; left out: for ever, or, where it
	// is fixed, as Note says.
	Days int `json:"days,omitempty"`
	// Default holds where nothing was chosen; left out: for ever.
	Default int `json:"default,omitempty"`
	// Min and Max bound the choice; no Max: it may be kept for ever.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Fixed: there is no choice.
	Fixed bool `json:"fixed"`
	// Note says what the kind is, and what goes with it.
	Note string `json:"note"`
}

// Choice is what an admin says of one kind.
type Choice struct {
	Kind Kind `json:"kind" jsonschema:"required,enum=runs,enum=plans"`
	// Days left out: the default.
	Days int `json:"days,omitempty" jsonschema:"minimum=1,maximum=36500"`
}

// Settings are those of a workspace.
type Settings struct {
	Items     []Item    `json:"items"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
	// Version is 0 where nothing was ever chosen.
	Version int64 `json:"version"`
}

// Options of a Service.
type Options struct {
	// RunsDays is the operator's bound on runs: the default, and the most that a
	// workspace may choose. Zero, the default: for ever.
	RunsDays int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Service knows what each workspace chose.
type Service struct {
	store *table.Store
	trail *audit.Trail
	o     Options
}

// New makes a Service.
func New(store *table.Store, trail *audit.Trail, opts *Options) *Service {
	s := &Service{store: store, trail: trail}
	if opts != nil {
		s.o = *opts
	}
	if s.o.Now == nil {
		s.o.Now = time.Now
	}
	return s
}

// chosen is how choices are kept, with the workspace's items.
type chosen struct {
	Days      map[Kind]int `json:"days"`
	UpdatedAt time.Time    `json:"updatedAt"`
}

var key = table.Key{PK: "RETENTION", SK: "0"}

func (s *Service) items() []Item {
	return []Item{
		{Kind: Runs, Default: s.o.RunsDays, Min: 1, Max: s.o.RunsDays, Note: "Runs that have ended, with their steps, logs and bodies. What waits or runs stays."},
		{Kind: Plans, Default: PlanDays, Min: 1, Max: PlanDays, Note: "Plans and the conversations that they are of. A plan that was run lives on as its workflow."},
		{Kind: Deliveries, Days: DeliveryDays, Default: DeliveryDays, Fixed: true, Note: "What reached triggers. By it a webhook that is sent again is known, so it can be no shorter."},
		{Kind: Audit, Fixed: true, Note: "The audit trail is kept for ever, each day of it in the archive too: a chain that has lost its beginning proves less."},
		{Kind: Mail, Fixed: true, Note: "A message waits for its mail server for a day at most. Where none is set up, the newest 1,000 are kept on the machine."},
		{Kind: Sessions, Fixed: true, Note: "Sessions, links by mail and codes are removed when they end."},
	}
}

func (s *Service) read(ctx context.Context) (chosen, int64, error) {
	c, version, err := table.GetJSON[chosen](ctx, s.store, key)
	if errors.Is(err, table.ErrNotFound) {
		return chosen{}, 0, nil
	}
	return c, version, err
}

// within is what a choice comes to under the operator's bounds of today.
func (i Item) within(days int) int {
	if days == 0 {
		days = i.Default
	}
	if i.Max > 0 {
		days = min(days, i.Max)
	}
	return days
}

// Settings are those of the workspace in the context.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	c, version, err := s.read(ctx)
	return s.settings(c, version), err
}

func (s *Service) settings(c chosen, version int64) Settings {
	out := Settings{Items: s.items(), UpdatedAt: c.UpdatedAt, Version: version}
	for i := range out.Items {
		if item := &out.Items[i]; !item.Fixed {
			item.Days = item.within(c.Days[item.Kind])
		}
	}
	return out
}

// Save sets choices; kinds that are not named go back to their defaults. version is the
// one that is changed, 0 for whatever there is.
func (s *Service) Save(ctx context.Context, choices []Choice, version int64) (Settings, error) {
	before, at, err := s.read(ctx)
	if err != nil {
		return Settings{}, err
	}
	if version != 0 && version != at {
		return Settings{}, apierr.New(apierr.VersionStale, "The choices were changed meanwhile. Load them again.")
	}
	next := chosen{Days: map[Kind]int{}, UpdatedAt: s.o.Now().UTC()}
	all := s.items()
	var faults []apierr.Problem
	for i, c := range choices {
		fault := func(field, code, format string, args ...any) {
			faults = append(faults, apierr.Problem{Path: fmt.Sprintf("/items/%d/%s", i, field), Code: code, Message: fmt.Sprintf(format, args...)})
		}
		n := slices.IndexFunc(all, func(item Item) bool { return item.Kind == c.Kind && !item.Fixed })
		_, twice := next.Days[c.Kind]
		switch {
		case n < 0:
			fault("kind", "enum", "How long this is kept cannot be chosen.")
			continue
		case twice:
			fault("kind", "duplicate", "This kind is named twice.")
		case c.Days == 0: // the default
		case all[n].Max > 0 && c.Days > all[n].Max:
			fault("days", "range", "Give %d to %d days: the installation keeps this no longer.", all[n].Min, all[n].Max)
		case c.Days < all[n].Min || c.Days > MaxDays:
			fault("days", "range", "Give %d to %d days.", all[n].Min, MaxDays)
		}
		next.Days[c.Kind] = c.Days
	}
	if len(faults) > 0 {
		return Settings{}, apierr.New(apierr.ValidationFailed, faults[0].Message).With(faults...)
	}
	for kind, days := range next.Days {
		if days == 0 {
			delete(next.Days, kind)
		}
	}
	item, err := table.JSONItem(key, next)
	if err != nil {
		return Settings{}, err
	}
	workspace, err := tenant.From(ctx)
	if err != nil {
		return Settings{}, err
	}
	err = s.trail.Commit(ctx, []table.Op{table.Put(item, table.Unchanged(at))}, audit.Entry{Action: "workspace.retention", Resource: workspace,
		Message: "changed how long data is kept", Details: map[string]any{"before": before.Days, "after": next.Days}})
	return s.settings(next, at+1), err
}

// Days is for how long the workspace in the context keeps a kind; 0: for ever.
func (s *Service) Days(ctx context.Context, kind Kind) (int, error) {
	set, err := s.Settings(ctx)
	if err != nil {
		return 0, err
	}
	for _, item := range set.Items {
		if item.Kind == kind {
			return item.Days, nil
		}
	}
	return 0, fmt.Errorf("retention: there is no kind %s", kind)
}
