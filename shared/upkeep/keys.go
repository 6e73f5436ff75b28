package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// maxKeys is how many data keys a workspace may keep before it must wait for old
// ones to go: each is an item, and a rotation is cheap to ask for.
const maxKeys = 16

// SweepState is how far the sweep is that follows a rotation.
type SweepState string

// States of a sweep.
//
//	(none) → waiting → running → done
//	                           → failed → running → …   it is tried again
const (
	SweepWaiting SweepState = "waiting"
	SweepRunning SweepState = "running"
	SweepDone    SweepState = "done"
	SweepFailed  SweepState = "failed"
)

// Sweep tells of the last sweep of a workspace. Values counts, by the id of the data
// key, what holders keep sealed; CountedAt is when.
type Sweep struct {
	State       SweepState     `json:"state"`
	RequestedAt time.Time      `json:"requestedAt,omitzero"` // when a person asked for a rotation
	StartedAt   time.Time      `json:"startedAt,omitzero"`
	EndedAt     time.Time      `json:"endedAt,omitzero"`
	Resealed    int            `json:"resealed"`
	Retired     int            `json:"retired"`
	Values      map[string]int `json:"values"`
	CountedAt   time.Time      `json:"countedAt,omitzero"`
}

// KeyStatus is what an administrator is told of the keys of the workspace. Nothing
// in it opens anything.
type KeyStatus struct {
	// Master names the master key that data keys are wrapped under now.
	Master string `json:"master"`
	// Own says that it is one that the workspace has brought.
	Own bool `json:"own"`
	// Principal is who the policy of such a key has to let in; absent where none can be
	// brought.
	Principal string `json:"principal,omitempty"`
	// RotateAfterDays is the age at which a data key gets a successor by itself.
	RotateAfterDays int       `json:"rotateAfterDays"`
	Keys            []DataKey `json:"keys"` // the current one first
	Sweep           *Sweep    `json:"sweep,omitempty"`
}

// DataKey is one of them.
type DataKey struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	CreatedAt  time.Time `json:"createdAt"`
	WrappedAt  time.Time `json:"wrappedAt"`
	ReplacedAt time.Time `json:"replacedAt,omitzero"`
	AgeDays    int       `json:"ageDays"`
	Master     string    `json:"master,omitempty"`
	// Values is how many values lie under it, as the last sweep counted; absent where
	// none has.
	Values *int `json:"values,omitempty"`
}

func sweepKey() table.Key { return table.Key{PK: "UPKEEP", SK: "sweep"} }

// duePK holds, in the system records, which workspace has a sweep promised.
const duePK = "KEYSWEEP"

type due struct {
	At time.Time `json:"at"`
}

// Status tells of the keys of the workspace in the context.
func (r *Rotation) Status(ctx context.Context) (KeyStatus, error) {
	s := KeyStatus{Master: r.keys.Master(), Principal: r.keys.Principal(), RotateAfterDays: int(r.o.MaxAge / (24 * time.Hour)), Keys: []DataKey{}}
	if own, err := r.keys.Own(ctx); err != nil {
		return s, err
	} else if own != "" {
		s.Master, s.Own = own, true
	}
	keys, err := r.keys.Keys(ctx)
	if errors.Is(err, secret.ErrShredded) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	sweep, _, err := table.GetJSON[Sweep](ctx, r.store, sweepKey())
	switch {
	case err == nil:
		s.Sweep = &sweep
	case !errors.Is(err, table.ErrNotFound):
		return s, err
	}
	now := r.o.Now()
	for i := len(keys) - 1; i >= 0; i-- {
		k := keys[i]
		one := DataKey{ID: k.ID, Current: k.Current, CreatedAt: k.CreatedAt, WrappedAt: k.WrappedAt, ReplacedAt: k.ReplacedAt,
			AgeDays: int(now.Sub(k.CreatedAt) / (24 * time.Hour)), Master: k.Master}
		if s.Sweep != nil && !s.Sweep.CountedAt.IsZero() {
			n := s.Sweep.Values[k.ID]
			one.Values = &n
		}
		s.Keys = append(s.Keys, one)
	}
	return s, nil
}

// Renew makes a new data key the current one of the workspace in the context, with
// its record, and promises the sweep that seals anew what lies under older ones.
// CONFLICT where there are too many old keys, or none may be made any more.
func (r *Rotation) Renew(ctx context.Context) (KeyStatus, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return KeyStatus{}, err
	}
	keys, err := r.keys.Keys(ctx)
	if errors.Is(err, secret.ErrShredded) {
		return KeyStatus{}, apierr.New(apierr.Conflict, "The keys of this workspace were dropped for good; there is nothing left to rotate.")
	}
	if err != nil {
		return KeyStatus{}, err
	}
	if len(keys) >= maxKeys {
		return KeyStatus{}, apierr.New(apierr.Conflict, fmt.Sprintf("There are %d data keys already. Old ones go a day after their place was taken, once nothing lies under them: rotate again then.", len(keys)))
	}
	now := r.o.Now().UTC()
	state, _, err := table.GetJSON[Sweep](ctx, r.store, sweepKey())
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return KeyStatus{}, err
	}
	state.State, state.RequestedAt = SweepWaiting, now
	note, err := table.JSONItem(sweepKey(), state)
	if err != nil {
		return KeyStatus{}, err
	}
	promise, err := table.JSONItem(table.Key{PK: duePK, SK: workspace}, due{At: now.Add(r.o.SweepDelay)})
	if err != nil {
		return KeyStatus{}, err
	}
	e := audit.Entry{Action: ActionRotate, Message: "Made a new data key"}
	err = r.trail.Join(ctx, e, func(record ...table.Op) error {
		return r.keys.Rotate(ctx, append(record, table.Put(note, table.Always()), table.Global(table.Put(promise, table.Always())))...)
	})
	if err != nil {
		return KeyStatus{}, err
	}
	r.o.Promised()
	return r.Status(ctx)
}

// ActionUse is the action of the record that a change of the master key leaves.
const ActionUse = "keys.use"

// Use has the data keys of the workspace in the context wrapped under a master key
// that it brings, or under the home's again where key is "". Errors:
// VALIDATION_FAILED where there can be none, or where the key does not do what it must.
func (r *Rotation) Use(ctx context.Context, key string) (KeyStatus, error) {
	e := audit.Entry{Action: ActionUse, Level: audit.Warn, Message: "Data keys are wrapped under the home's master key again"}
	if key != "" {
		e.Message, e.Details = "Data keys are wrapped under a key that the workspace brought", map[string]string{"key": key}
	}
	err := r.trail.Join(ctx, e, func(record ...table.Op) error { return r.keys.Use(ctx, key, record...) })
	refuse := func(code, message string, cause error) error {
		return apierr.Wrap(apierr.ValidationFailed, message, cause).With(apierr.Problem{Path: "/kmsKeyArn", Code: code, Message: message})
	}
	switch {
	case errors.Is(err, secret.ErrNoOwnKeys):
		return KeyStatus{}, refuse("not_available", "This key cannot be used here. On AWS a workspace may bring a KMS key by its ARN, in the same region; on one machine the master key is the file master.key, for all workspaces.", err)
	case errors.Is(err, secret.ErrOwnKey):
		if own, _ := r.keys.Own(ctx); own != key {
			return KeyStatus{}, refuse("not_usable", "A trial with this key failed. Its policy has to let APIQ's functions use kms:GenerateDataKey, Decrypt, ReEncryptFrom and ReEncryptTo under the encryption context app=apiq, and the operator has to admit its ARN.", err)
		}
		return KeyStatus{}, err
	case err != nil:
		return KeyStatus{}, err
	}
	return r.Status(ctx)
}

// Resume does the sweeps that were promised and are due. What fails in one workspace
// keeps no other from it; it stays promised, unless no other try would help.
func (r *Rotation) Resume(ctx context.Context) error {
	var failures []error
	system := tenant.WithSystem(ctx)
	for item, err := range r.store.All(system, table.Query{PK: duePK}) {
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		var d due
		if err := item.Decode(&d); err != nil {
			return errors.Join(append(failures, err)...)
		}
		if d.At.After(r.o.Now()) {
			continue
		}
		_, err := r.Run(ctx, item.SK)
		var refused *Fault
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", item.SK, err))
			if !errors.As(err, &refused) {
				continue
			}
		}
		if err := r.after(ctx, item); err != nil {
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(failures...)
}

// after ends a promise, or puts it off to when old keys may go. A rotation since then
// has promised another sweep: that promise stays.
func (r *Rotation) after(ctx context.Context, promise table.Item) error {
	keys, err := r.keys.Keys(within(ctx, promise.SK))
	if err != nil && !errors.Is(err, secret.ErrShredded) {
		return err
	}
	op := table.Delete(promise.Key, table.IfVersion(promise.Version))
	if len(keys) > 1 {
		// One that may go already and did not is still in use: that is looked at once a day.
		next := due{At: r.o.Now().UTC().Add(24 * time.Hour)}
		if at := keys[0].RetirableAt(); at.After(r.o.Now()) {
			next.At = at
		}
		item, err := table.JSONItem(promise.Key, next)
		if err != nil {
			return err
		}
		op = table.Put(item, table.IfVersion(promise.Version))
	}
	err = r.store.Transact(tenant.WithSystem(ctx), []table.Op{op})
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

// begin notes that a sweep runs that somebody waits for; end notes how it went, and
// what lies under which key.
func (r *Rotation) begin(ctx context.Context) (end func(done RotationDone, values map[string]int, failed error) error, err error) {
	state, _, err := table.GetJSON[Sweep](ctx, r.store, sweepKey())
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return nil, err
	}
	asked := state.RequestedAt
	state.StartedAt = r.o.Now().UTC()
	if state.State == SweepWaiting || state.State == SweepFailed {
		state.State, state.EndedAt = SweepRunning, time.Time{}
		if err := r.note(ctx, state, asked); err != nil {
			return nil, err
		}
	}
	return func(done RotationDone, values map[string]int, failed error) error {
		if failed == nil && len(values) == 0 && state.State == "" {
			return nil // nothing is sealed here, and nobody has asked
		}
		state.EndedAt, state.Resealed, state.Retired = r.o.Now().UTC(), done.Resealed, done.Retired
		state.State, state.Values, state.CountedAt = SweepDone, values, state.EndedAt
		if failed != nil {
			state.State = SweepFailed
		}
		return r.note(context.WithoutCancel(ctx), state, asked)
	}, nil
}

// note keeps the state of a sweep, unless a rotation has asked for another meanwhile.
func (r *Rotation) note(ctx context.Context, state Sweep, asked time.Time) error {
	item, err := table.JSONItem(sweepKey(), state)
	if err != nil {
		return err
	}
	before, err := r.store.Get(ctx, sweepKey())
	version := before.Version
	switch {
	case errors.Is(err, table.ErrNotFound):
		version = 0
	case err != nil:
		return err
	default:
		var now Sweep
		if err := before.Decode(&now); err != nil {
			return err
		}
		if now.RequestedAt.After(asked) {
			return nil
		}
	}
	_, err = r.store.Put(ctx, item, table.Unchanged(version))
	if errors.Is(err, table.ErrCondition) {
		return nil // another run has noted the same, or a rotation asked for more
	}
	return err
}
