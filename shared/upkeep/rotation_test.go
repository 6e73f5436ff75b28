package upkeep_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

const day = 24 * time.Hour

// vault holds one sealed value in each workspace.
type vault struct {
	h      *home
	sealed map[string][]byte
	fail   error
	stuck  bool // what was sealed anew is lost again
}

func place() secret.Scope { return secret.Scope{Resource: "con_1", Field: "credential"} }

func (v *vault) put(t *testing.T, workspace string) {
	t.Helper()
	sealed, err := v.h.keys.Seal(in(workspace), place(), []byte("value of "+workspace))
	check(t, err)
	v.sealed[workspace] = sealed
}

func (v *vault) Reseal(ctx context.Context) (int, error) {
	if v.fail != nil {
		return 0, v.fail
	}
	workspace, err := tenant.From(ctx)
	if err != nil || v.sealed[workspace] == nil {
		return 0, err
	}
	again, changed, err := v.h.keys.Reseal(ctx, place(), v.sealed[workspace])
	if err != nil || !changed {
		return 0, err
	}
	if !v.stuck {
		v.sealed[workspace] = again
	}
	return 1, nil
}

func (v *vault) opens(t *testing.T) {
	t.Helper()
	for workspace, sealed := range v.sealed {
		if got, err := v.h.keys.Open(in(workspace), place(), sealed); err != nil || string(got) != "value of "+workspace {
			t.Errorf("%s: %q, %v", workspace, got, err)
		}
	}
}

func newRotation(t *testing.T, ids ...string) (*home, *vault, *upkeep.Rotation) {
	h := newHome(t, ids...)
	v := &vault{h: h, sealed: map[string][]byte{}}
	for _, id := range append(ids, tenant.System) {
		v.put(t, id)
	}
	return h, v, upkeep.NewRotation(h.places, h.keys, upkeep.Holders{Connections: v, Grants: none{}, Triggers: none{}, SignIns: none{}, SignInKeys: none{}, Sinks: none{}, Sessions: v}, h.trail, h.store, &upkeep.RotationOptions{Now: h.now})
}

func rotate(t *testing.T, r *upkeep.Rotation, workspace string) upkeep.RotationDone {
	t.Helper()
	done, err := call[upkeep.RotationDone](t, r.Handle, upkeep.RotationCall{Op: "run", Workspace: workspace})
	check(t, err)
	return done
}

// TestRotation over a year: a young key is left alone, an old one gets a
// successor with its record, and what lies under the old one moves.
func TestRotation(t *testing.T) {
	t.Parallel()
	h, v, r := newRotation(t, "wsp_1")
	if done := rotate(t, r, "wsp_new"); done != (upkeep.RotationDone{}) || len(h.records(t, "wsp_new")) != 0 {
		t.Errorf("nothing was sealed there: %+v", done)
	}
	for _, c := range []struct {
		after time.Duration
		want  upkeep.RotationDone
		recs  int
	}{
		{0, upkeep.RotationDone{Rewrapped: 1}, 1}, // never wrapped anew as far as is known
		{day, upkeep.RotationDone{}, 1},
		{88 * day, upkeep.RotationDone{}, 1},
		{day, upkeep.RotationDone{Rotated: 1, Rewrapped: 2, Resealed: 1}, 3},
		{0, upkeep.RotationDone{}, 3},
		{89 * day, upkeep.RotationDone{Retired: 1}, 4},
		{day, upkeep.RotationDone{Rotated: 1, Rewrapped: 2, Resealed: 1}, 6},
	} {
		h.pass(c.after)
		if done := rotate(t, r, "wsp_1"); done != c.want {
			t.Errorf("at %s: %+v, want %+v", h.now(), done, c.want)
		}
		v.opens(t)
		if got := h.actions(t, "wsp_1"); len(got) != c.recs || slices.ContainsFunc(got, func(a string) bool { return a != upkeep.ActionRotate && a != upkeep.ActionRetire }) {
			t.Errorf("at %s: %v", h.now(), got)
		}
	}
}

// TestRotationIsTakenUp: what a run could not finish the next one does, and the
// new key is not made twice.
func TestRotationIsTakenUp(t *testing.T) {
	t.Parallel()
	h, v, r := newRotation(t, "wsp_1")
	rotate(t, r, "wsp_1")
	h.pass(100 * day)
	v.fail = secret.ErrUnavailable
	if _, err := r.Run(context.Background(), "wsp_1"); !errors.Is(err, secret.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	v.fail = nil
	if done := rotate(t, r, "wsp_1"); done.Rotated != 0 || done.Rewrapped != 2 || done.Resealed != 1 {
		t.Errorf("%+v", done)
	}
	if got := h.actions(t, "wsp_1"); len(got) != 3 {
		t.Errorf("%v", got)
	}
	v.opens(t)
}

// TestRotationTampered: what does not open is refused after all else is done, so
// that trying again is not asked for.
func TestRotationTampered(t *testing.T) {
	t.Parallel()
	h, v, _ := newRotation(t, "wsp_1")
	bad := &vault{h: h, fail: secret.ErrTampered}
	r := upkeep.NewRotation(h.places, h.keys, upkeep.Holders{Connections: bad, Grants: none{}, Triggers: v, SignIns: none{}, SignInKeys: none{}, Sinks: none{}, Sessions: none{}}, h.trail, h.store, &upkeep.RotationOptions{Now: h.now})
	h.pass(100 * day)
	done, err := r.Run(context.Background(), "wsp_1")
	wantRefused(t, err)
	if done.Rotated != 1 || done.Resealed != 1 || len(h.actions(t, "wsp_1")) != 2 {
		t.Errorf("%+v", done)
	}
	key, err := h.store.Get(in("wsp_1"), table.Key{PK: "DATAKEY", SK: "current"})
	check(t, err)
	key.Data = []byte(`{"id":"x"}`)
	_, err = h.store.Put(in("wsp_1"), key, table.Present())
	check(t, err)
	_, err = r.Run(context.Background(), "wsp_1")
	wantRefused(t, err)
}

// TestRotationEverywhere: the system's keys and those of every workspace, though
// one of them cannot be done.
func TestRotationEverywhere(t *testing.T) {
	t.Parallel()
	h, v, r := newRotation(t, "wsp_1", "wsp_2", "wsp_3")
	h.pass(100 * day)
	v.sealed["wsp_2"][40] ^= 1
	err := r.Everywhere(context.Background())
	wantRefused(t, err)
	delete(v.sealed, "wsp_2")
	v.opens(t)
	for _, workspace := range []string{tenant.System, "wsp_1", "wsp_2", "wsp_3"} {
		info, err := h.keys.CurrentKey(in(workspace))
		if err != nil || !info.CreatedAt.Equal(h.now()) {
			t.Errorf("%s: %+v, %v", workspace, info, err)
		}
		if got := h.actions(t, workspace); len(got) != 2 {
			t.Errorf("%s: %v", workspace, got)
		}
	}
}
