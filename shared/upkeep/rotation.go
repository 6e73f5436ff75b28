package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// ActionRotate is the action of the records that rotation leaves.
const ActionRotate = "keys.rotate"

// Keys are the data keys of the workspace in the context: a secret.Envelope.
type Keys interface {
	// CurrentKey tells how old the current one is; table.ErrNotFound where none was
	// ever needed.
	CurrentKey(ctx context.Context) (secret.KeyInfo, error)
	// Rotate makes a new one current, in one transaction with the operations given.
	// Where a condition of theirs fails, the error is *table.ConditionError with the
	// index among them.
	Rotate(ctx context.Context, also ...table.Op) error
	// Rewrap has the key service wrap all of them anew, and returns how many.
	Rewrap(ctx context.Context) (int, error)
	// Keys lists all of them, the oldest first.
	Keys(ctx context.Context) ([]secret.KeyInfo, error)
	// Retire deletes one that is not current, in one transaction with the operations
	// given; where that cannot be, it is table.ErrCondition without an index.
	Retire(ctx context.Context, id string, also ...table.Op) error
	// Master names the master key that they are wrapped under, where the workspace has
	// brought none of its own.
	Master() string
	// Principal is who the policy of a key that a workspace brings has to let in, "" where
	// none can be brought.
	Principal() string
	// Own is the one that it has brought, "" for none.
	Own(ctx context.Context) (string, error)
	// Use tries a master key of the workspace's own, or goes back to the home's where it
	// is "", in one transaction with the operations given, and wraps the data keys under it.
	Use(ctx context.Context, key string, also ...table.Op) error
}

// Holders are all that keep sealed values for long. Both homes fill every field in:
// what none of them knows is lost when its key is retired. A test compares them with
// where values are sealed (shared/arch).
type Holders struct {
	// Connections, Grants, Triggers, SignIns, SignInKeys and Sinks hold values of workspaces.
	Connections, Grants, Triggers, SignIns, SignInKeys, Sinks secret.Holder
	// Sessions are the system records': the key that session tokens are signed with.
	Sessions secret.Holder
}

func (h Holders) of(workspace string) []secret.Holder {
	if workspace == tenant.System {
		return []secret.Holder{h.Sessions}
	}
	return []secret.Holder{h.Connections, h.Grants, h.Triggers, h.SignIns, h.SignInKeys, h.Sinks}
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
	// SweepDelay is how long after a rotation that a person asked for its sweep is due:
	// five minutes where other processes may still seal under the key before. Defaults
	// to none.
	SweepDelay time.Duration
	// Promised is told that a sweep was promised, so that it need not wait for the next
	// call of Resume. Defaults to nobody.
	Promised func()
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Rotation keeps data keys young: those of all workspaces, and that of the system
// records, which seals the key of the sessions.
type Rotation struct {
	workspaces Workspaces
	keys       Keys
	holders    Holders
	trail      JoiningTrail
	store      *table.Store
	o          RotationOptions
}

// NewRotation makes a Rotation.
func NewRotation(w Workspaces, k Keys, holders Holders, trail JoiningTrail, store *table.Store, opts *RotationOptions) *Rotation {
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
	if o.Promised == nil {
		o.Promised = func() {}
	}
	return &Rotation{withSystem{w}, k, holders, trail, store, o}
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
	Resealed  int `json:"resealed"`  // values sealed anew under the current key
	Retired   int `json:"retired"`   // old data keys that nothing lay under any more
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
// seals under the old key for as long as it remembers it (five minutes). Then old
// keys go that nothing lies under any more. A new key, and each that goes, has its
// record in its own transaction; the rest, where there was any, has one more. What
// does not open is Refused, after all else was done.
func (r *Rotation) Run(ctx context.Context, workspace string) (RotationDone, error) {
	ctx = within(ctx, workspace)
	end, err := r.begin(ctx)
	if err != nil {
		return RotationDone{}, err
	}
	ctx, tally := secret.Counting(ctx)
	done, err := r.run(ctx, workspace)
	return done, errors.Join(err, end(done, tally.Values(), err))
}

func (r *Rotation) run(ctx context.Context, workspace string) (RotationDone, error) {
	var done RotationDone
	key, err := r.keys.CurrentKey(ctx)
	if errors.Is(err, table.ErrNotFound) || errors.Is(err, secret.ErrShredded) {
		return done, nil // nothing was ever sealed, or nothing opens any more
	}
	if err != nil {
		return done, tampered(err)
	}
	if age := r.o.Now().Sub(key.CreatedAt); age >= r.o.MaxAge {
		e := audit.Entry{Action: ActionRotate, Message: fmt.Sprintf("Made a new data key; the last one was %d days old", int(age/(24*time.Hour)))}
		err := r.trail.Join(ctx, e, func(record ...table.Op) error { return r.keys.Rotate(ctx, record...) })
		if err != nil {
			return done, err
		}
		done.Rotated = 1
	}
	mark, damaged, err := r.rewrap(ctx, &done)
	if err != nil {
		return done, err
	}
	for _, h := range r.holders.of(workspace) {
		n, err := h.Reseal(ctx)
		done.Resealed += n
		switch {
		case errors.Is(err, secret.ErrTampered):
			damaged = errors.Join(damaged, err)
		case err != nil:
			return done, err
		}
	}
	if damaged == nil { // else nobody knows what lies under which key
		if done.Retired, err = r.retire(ctx, workspace); err != nil {
			return done, err
		}
	}
	if len(mark) == 0 && done.Resealed == 0 {
		return done, tampered(damaged)
	}
	e := audit.Entry{Action: ActionRotate, Details: done,
		Message: fmt.Sprintf("Wrapped %d data keys anew, sealed %d values anew", done.Rewrapped, done.Resealed)}
	if err := r.trail.Commit(ctx, mark, e); err != nil {
		return done, err
	}
	return done, tampered(damaged)
}

// tampered makes Refused what no other try will open.
func tampered(err error) error {
	if errors.Is(err, secret.ErrTampered) {
		return refused("%v", err)
	}
	return err
}

// rewrap wraps the keys anew where it is time to, and gives the operation that
// remembers it. One that does not open is damaged.
func (r *Rotation) rewrap(ctx context.Context, done *RotationDone) (mark []table.Op, damaged, err error) {
	now := r.o.Now().UTC()
	last, _, err := table.GetJSON[wrapped](ctx, r.store, wrappedKey())
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return nil, nil, err
	}
	if err == nil && now.Sub(last.At) < r.o.MaxAge {
		return nil, nil, nil
	}
	done.Rewrapped, err = r.keys.Rewrap(ctx)
	if errors.Is(err, secret.ErrTampered) {
		damaged, err = err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	item, err := table.JSONItem(wrappedKey(), wrapped{now})
	return []table.Op{table.Put(item, table.Always())}, damaged, err
}
