package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/table"
)

// ActionRotate is the action of the records that rotation leaves.
const ActionRotate = "keys.rotate"

// Keys are the data keys of the workspace in the context.
type Keys interface {
	// Age is how old the current one is; false where none was ever needed.
	Age(ctx context.Context) (time.Duration, bool, error)
	// Rotate makes a new one current, in one transaction with the operations given.
	// Where a condition of theirs fails, the error is *table.ConditionError with the
	// index among them.
	Rotate(ctx context.Context, also ...table.Op) error
	// Rewrap has the key service wrap all of them anew, and returns how many.
	Rewrap(ctx context.Context) (int, error)
}

// Credentials are what lies sealed under the data keys.
type Credentials interface {
	// Reseal seals under the current key what lies under another, and returns how
	// many. It may be repeated, and finds nothing then.
	Reseal(ctx context.Context) (int, error)
}

// JoiningTrail also writes records into others' transactions.
type JoiningTrail interface {
	Trail
	Join(ctx context.Context, e audit.Entry, write func(record ...table.Op) error) error
}

// RotationOptions of a Rotation.
type RotationOptions struct {
	// MaxAge is how old a data key gets before a new one takes its place, and how
	// long one stays wrapped as it is. Defaults to 90 days.
	MaxAge time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Log is told what was done. Defaults to slog.Default().
	Log *slog.Logger
}

// Rotation keeps data keys young.
type Rotation struct {
	workspaces  Workspaces
	keys        Keys
	credentials Credentials
	trail       JoiningTrail
	store       *table.Store
	o           RotationOptions
}

// NewRotation makes a Rotation.
func NewRotation(w Workspaces, k Keys, c Credentials, trail JoiningTrail, store *table.Store, opts *RotationOptions) *Rotation {
	o := RotationOptions{}
	if opts != nil {
		o = *opts
	}
	if o.MaxAge <= 0 {
		o.MaxAge = 90 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Rotation{w, k, c, trail, store, o}
}

// RotationCall rotates one workspace's keys: op "run".
type RotationCall struct {
	Op        string `json:"op"`
	Workspace string `json:"workspace"`
}

// RotationDone is what was done.
type RotationDone struct {
	Rotated   int `json:"rotated"`   // 1 where a new data key was made
	Rewrapped int `json:"rewrapped"` // data keys that were wrapped anew
	Resealed  int `json:"resealed"`  // credentials sealed under the current key
}

// Handle serves task-key-rotation.
func (r *Rotation) Handle(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	run := func(ctx context.Context, in RotationCall) (RotationDone, error) { return r.Run(ctx, in.Workspace) }
	return operations{"list": operation(list(r.workspaces)), "run": operation(run)}.serve(ctx, payload)
}

// Everywhere rotates the keys of all workspaces in one process.
func (r *Rotation) Everywhere(ctx context.Context) error {
	return each(ctx, r.workspaces, func(ctx context.Context, workspace string) error {
		_, err := r.Run(ctx, workspace)
		return err
	})
}

// wrapped remembers when a workspace's data keys were last wrapped anew.
type wrapped struct {
	At time.Time `json:"at"`
}

// where the workspace keeps it.
func wrappedKey() table.Key { return table.Key{PK: "UPKEEP", SK: "keys"} }

// Run makes a new data key where the current one is too old, has the keys wrapped
// anew where that was as long ago, and seals anew what lies under another than the
// current key. The last may find what an earlier run could not: another process
// seals under the old key for as long as it remembers it (five minutes). A new key
// has its record in its own transaction; so has the rest, where there was any.
func (r *Rotation) Run(ctx context.Context, workspace string) (RotationDone, error) {
	ctx = within(ctx, workspace)
	var done RotationDone
	age, sealed, err := r.keys.Age(ctx)
	if err != nil || !sealed {
		return done, err
	}
	if age >= r.o.MaxAge {
		e := audit.Entry{Action: ActionRotate, Message: fmt.Sprintf("Made a new data key; the last one was %d days old", int(age/(24*time.Hour)))}
		err := r.trail.Join(ctx, e, func(record ...table.Op) error { return r.keys.Rotate(ctx, record...) })
		if err != nil {
			return done, err
		}
		done.Rotated = 1
	}
	mark, err := r.rewrap(ctx, &done)
	if err != nil {
		return done, err
	}
	if done.Resealed, err = r.credentials.Reseal(ctx); err != nil {
		return done, err
	}
	if len(mark) == 0 && done.Resealed == 0 {
		return done, nil
	}
	e := audit.Entry{Action: ActionRotate, Details: done,
		Message: fmt.Sprintf("Wrapped %d data keys anew, sealed %d credentials anew", done.Rewrapped, done.Resealed)}
	return done, r.trail.Commit(ctx, mark, e)
}

// rewrap wraps the keys anew where it is time to, and gives the operation that
// remembers it.
func (r *Rotation) rewrap(ctx context.Context, done *RotationDone) ([]table.Op, error) {
	now := r.o.Now().UTC()
	last, _, err := table.GetJSON[wrapped](ctx, r.store, wrappedKey())
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return nil, err
	}
	if err == nil && now.Sub(last.At) < r.o.MaxAge {
		return nil, nil
	}
	if done.Rewrapped, err = r.keys.Rewrap(ctx); err != nil {
		return nil, err
	}
	item, err := table.JSONItem(wrappedKey(), wrapped{now})
	return []table.Op{table.Put(item, table.Always())}, err
}
