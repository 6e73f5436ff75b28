package upkeep

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
)

// Follow wraps under the newest master key the data keys that lie under another, in
// all workspaces, and returns how many those were. Each workspace has a record of it.
func (r *Rotation) Follow(ctx context.Context) (n int, err error) {
	err = each(ctx, r.workspaces, func(ctx context.Context, workspace string) error {
		done, err := r.follow(within(ctx, workspace))
		n += done
		return err
	})
	return n, err
}

func (r *Rotation) follow(ctx context.Context) (n int, err error) {
	old, err := r.Behind(ctx)
	if err != nil || old == 0 {
		return 0, err
	}
	n, damaged := r.keys.Rewrap(ctx)
	if damaged != nil && !errors.Is(damaged, secret.ErrTampered) {
		return n, damaged
	}
	if n > 0 {
		e := audit.Entry{Action: ActionRotate, Details: RotationDone{Rewrapped: n}, Message: fmt.Sprintf("Wrapped %d data keys under the master key %s", n, r.keys.Master())}
		if err := r.trail.Commit(ctx, nil, e); err != nil {
			return n, err
		}
	}
	return n, tampered(damaged)
}

// Behind counts the data keys of the workspace in the context that are not known to
// be wrapped under the newest master key.
func (r *Rotation) Behind(ctx context.Context) (n int, err error) {
	keys, err := r.keys.Keys(ctx)
	if errors.Is(err, secret.ErrShredded) {
		return 0, nil
	}
	master := r.keys.Master()
	if own, err := r.keys.Own(ctx); err != nil {
		return 0, err
	} else if own != "" {
		master = own
	}
	for _, k := range keys {
		if k.Master != master {
			n++
		}
	}
	return n, err
}

// BehindEverywhere counts them in all workspaces.
func (r *Rotation) BehindEverywhere(ctx context.Context) (n int, err error) {
	err = each(ctx, r.workspaces, func(ctx context.Context, workspace string) error {
		one, err := r.Behind(within(ctx, workspace))
		n += one
		return err
	})
	return n, err
}
