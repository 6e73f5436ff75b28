package quota

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	// nearPercent is how much of a limit is used when a workspace's admins are told.
	nearPercent = 80
	// nearPK holds warnings that nobody has been told of yet, among the system records.
	nearPK = "QUOTANEAR"
	// nearAgain is after how long they are told again of what does not renew.
	nearAgain = 30 * day
)

// Warning tells that a workspace has used most of what it may.
type Warning struct {
	Workspace string `json:"workspace"`
	Kind      Kind   `json:"kind"`
	Used      int64  `json:"used"`
	Limit     int64  `json:"limit"`
	// RenewsAt is when the count begins anew; zero where it does not.
	RenewsAt time.Time `json:"renewsAt,omitzero"`
}

// near leaves a warning where most of the limit is used, once a period. What keeps it
// from being written is no reason to refuse anything.
func (k *Keeper) near(ctx context.Context, kind Kind, used, limit int64) {
	workspace, err := tenant.From(ctx)
	if err != nil || !isNear(used, limit) {
		return
	}
	w, mark := Warning{Workspace: workspace, Kind: kind, Used: used, Limit: limit}, "near#"+string(kind)
	until := k.now().Add(nearAgain)
	if kind.renews() {
		w.RenewsAt = k.renews()
		until, mark = w.RenewsAt.Add(day), "near#"+dayName(kind, k.now().UTC())
	}
	if k.warned.Contains(workspace + mark) {
		return
	}
	if err := k.warn(ctx, w, mark, until); err != nil && !errors.Is(err, table.ErrCondition) {
		k.log.WarnContext(ctx, "admins could not be warned that a quota is nearly used up", "kind", kind, "err", err)
		return
	}
	k.warned.Add(workspace+mark, struct{}{})
}

func isNear(used, limit int64) bool { return limit > 0 && used*100 >= limit*nearPercent }

func (k *Keeper) warn(ctx context.Context, w Warning, mark string, until time.Time) error {
	once, err := table.JSONItem(table.Key{PK: quotaPK, SK: mark}, w)
	if err != nil {
		return err
	}
	once.ExpiresAt = until
	promise, err := table.JSONItem(table.Key{PK: nearPK, SK: w.Workspace + "#" + mark}, w)
	if err != nil {
		return err
	}
	promise.ExpiresAt = until
	return k.store.Transact(ctx, []table.Op{table.Put(once, table.Absent()), table.Global(table.Put(promise, table.Always()))})
}

// Teller turns a warning into messages, in the workspace of the context: the operations
// that queue them, and what is called when they are.
type Teller interface {
	Near(ctx context.Context, w Warning) (ops []table.Op, then func(context.Context), err error)
}

// Tell has admins told of the warnings of all workspaces that nobody was told of. It
// may run beside itself: each warning is told once.
func (k *Keeper) Tell(ctx context.Context, to Teller) error {
	var faults []error
	for item, err := range k.store.All(tenant.WithSystem(ctx), table.Query{PK: nearPK}) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		faults = append(faults, k.tell(ctx, to, item))
	}
	return errors.Join(faults...)
}

func (k *Keeper) tell(ctx context.Context, to Teller, item table.Item) error {
	var w Warning
	if err := item.Decode(&w); err != nil {
		return err
	}
	ctx = tenant.With(ctx, w.Workspace)
	ops, then, err := to.Near(ctx, w)
	if err != nil {
		return err
	}
	err = k.store.Transact(ctx, append(ops, table.Global(table.Delete(item.Key, table.IfVersion(item.Version)))))
	if errors.Is(err, table.ErrCondition) { // another process was faster
		return nil
	}
	if err == nil {
		then(ctx)
	}
	return err
}
