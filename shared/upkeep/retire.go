package upkeep

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// ActionRetire is the action of the record that an old data key leaves.
const ActionRetire = "keys.retire"

// retire deletes the old data keys that nothing lies under any more, as a walk
// through all that is sealed shows after the sweep.
func (r *Rotation) retire(ctx context.Context, workspace string) (n int, err error) {
	keys, err := r.keys.Keys(ctx)
	if err != nil {
		return 0, err
	}
	var old []secret.KeyInfo
	for _, k := range keys {
		if k.Retirable(r.o.Now()) {
			old = append(old, k)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	look, tally := secret.Looking(ctx)
	for _, h := range r.holders.of(workspace) {
		if _, err := h.Reseal(look); err != nil {
			return 0, fmt.Errorf("upkeep: what lies under old keys: %w", err)
		}
	}
	values := tally.Values()
	for _, k := range old {
		if values[k.ID] > 0 {
			continue // sealed by a process that still remembered the key: the next sweep's
		}
		gone, err := r.retireOne(ctx, k)
		if err != nil {
			return n, err
		}
		if gone {
			n++
		}
	}
	return n, nil
}

// errGone ends the record of a key that another run has retired.
var errGone = errors.New("upkeep: the key is not there any more")

func (r *Rotation) retireOne(ctx context.Context, k secret.KeyInfo) (bool, error) {
	e := audit.Entry{Action: ActionRetire, Resource: k.ID, Message: "Removed an old data key: nothing lies under it any more",
		Details: map[string]any{"createdAt": k.CreatedAt, "replacedAt": k.ReplacedAt}}
	err := r.trail.Join(ctx, e, func(record ...table.Op) error {
		err := r.keys.Retire(ctx, k.ID, record...)
		var chain *table.ConditionError
		if errors.Is(err, table.ErrCondition) && !errors.As(err, &chain) {
			return errGone
		}
		return err
	})
	if errors.Is(err, errGone) {
		return false, nil
	}
	return err == nil, err
}
