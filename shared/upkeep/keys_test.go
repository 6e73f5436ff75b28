package upkeep_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// none holds nothing.
type none struct{}

func (none) Reseal(context.Context) (int, error) { return 0, nil }

// keys opens a Rotation whose sweeps are due five minutes after a rotation.
func newKeys(t *testing.T, ids ...string) (*home, *vault, *upkeep.Rotation) {
	t.Helper()
	h, v, _ := newRotation(t, ids...)
	return h, v, upkeep.NewRotation(h.places, h.keys, upkeep.Holders{Connections: v, Grants: none{}, Triggers: none{}, SignIns: none{}, SignInKeys: none{}, Sinks: none{}, Sessions: v}, h.trail, h.store,
		&upkeep.RotationOptions{Now: h.now, SweepDelay: 5 * time.Minute})
}

func status(t *testing.T, r *upkeep.Rotation, workspace string) upkeep.KeyStatus {
	t.Helper()
	s, err := r.Status(in(workspace))
	check(t, err)
	return s
}

// TestRenew from the request to the day when the old key goes.
func TestRenew(t *testing.T) {
	t.Parallel()
	h, v, r := newKeys(t, "wsp_1", "wsp_2")
	before := status(t, r, "wsp_1")
	if len(before.Keys) != 1 || !before.Keys[0].Current || before.Keys[0].Values != nil || before.Sweep != nil || before.Master == "" || before.RotateAfterDays != 90 {
		t.Fatalf("before: %+v", before)
	}
	h.pass(3 * day)
	ada := tenant.WithActor(in("wsp_1"), tenant.Actor{ID: "usr_ada"})
	s, err := r.Renew(ada)
	check(t, err)
	if len(s.Keys) != 2 || s.Keys[0].ID == before.Keys[0].ID || s.Keys[1].ID != before.Keys[0].ID || s.Keys[1].AgeDays != 3 || s.Sweep == nil || s.Sweep.State != upkeep.SweepWaiting {
		t.Fatalf("renewed: %+v %+v", s, s.Sweep)
	}
	check(t, r.Resume(context.Background())) // other processes may still seal under the old key
	if got := status(t, r, "wsp_1").Sweep.State; got != upkeep.SweepWaiting {
		t.Errorf("too early: %s", got)
	}
	h.pass(5 * time.Minute)
	check(t, r.Resume(context.Background()))
	s = status(t, r, "wsp_1")
	if s.Sweep.State != upkeep.SweepDone || s.Sweep.Resealed != 1 || *s.Keys[0].Values != 1 || *s.Keys[1].Values != 0 {
		t.Errorf("swept: %+v %+v", s, s.Sweep)
	}
	v.opens(t)
	h.pass(25*time.Hour - 6*time.Minute)
	check(t, r.Resume(context.Background()))
	if s = status(t, r, "wsp_1"); len(s.Keys) != 2 || s.Sweep.Retired != 0 {
		t.Errorf("too early: %+v", s)
	}
	h.pass(time.Minute)
	check(t, r.Resume(context.Background()))
	if s = status(t, r, "wsp_1"); len(s.Keys) != 1 || *s.Keys[0].Values != 1 || s.Sweep.Retired != 1 {
		t.Errorf("a day later: %+v, %+v", s, s.Sweep)
	}
	ended := s.Sweep.EndedAt
	h.pass(2 * day)
	check(t, r.Resume(context.Background()))
	if s = status(t, r, "wsp_1"); !s.Sweep.EndedAt.Equal(ended) {
		t.Errorf("swept again, though nothing was promised: %+v", s.Sweep)
	}
	v.opens(t)
	var actions []string
	for _, rec := range h.records(t, "wsp_1") {
		actions = append(actions, rec.Actor+" "+rec.Action)
	}
	// The first sweep also wraps the keys anew: nobody knows when that was done.
	want := []string{"usr_ada keys.rotate", "system keys.rotate", "system keys.retire"}
	if !slices.Equal(actions, want) {
		t.Errorf("%v, want %v", actions, want)
	}
	if got := status(t, r, "wsp_2"); len(got.Keys) != 1 || got.Sweep != nil {
		t.Errorf("the other workspace: %+v", got)
	}
}

// TestRetireKeepsWhatIsUsed: a key that a value still lies under stays, and so do
// all keys where something does not open.
func TestRetireKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	h, v, r := newKeys(t, "wsp_1")
	_, err := r.Renew(in("wsp_1"))
	check(t, err)
	h.pass(2 * day)
	v.stuck = true // as if another process sealed under the old key behind the sweep
	if done := rotate(t, r, "wsp_1"); done.Retired != 0 || len(status(t, r, "wsp_1").Keys) != 2 {
		t.Errorf("%+v", done)
	}
	v.opens(t)
	v.stuck = false
	good := v.sealed["wsp_1"]
	v.sealed["wsp_1"] = append(slices.Clone(good[:40]), good[41:]...)
	_, err = r.Run(context.Background(), "wsp_1")
	wantRefused(t, err)
	if s := status(t, r, "wsp_1"); len(s.Keys) != 2 || s.Sweep.State != upkeep.SweepFailed {
		t.Errorf("%+v %+v", s, s.Sweep)
	}
	v.sealed["wsp_1"] = good
	if done := rotate(t, r, "wsp_1"); done.Retired != 1 || done.Resealed != 1 {
		t.Errorf("%+v", done)
	}
	v.opens(t)
}

// TestResumeFails: what the key service's outage cuts off stays promised.
func TestResumeFails(t *testing.T) {
	t.Parallel()
	h, v, r := newKeys(t, "wsp_1", "wsp_2")
	for _, workspace := range []string{"wsp_1", "wsp_2"} {
		_, err := r.Renew(in(workspace))
		check(t, err)
	}
	h.pass(5 * time.Minute)
	v.fail = secret.ErrUnavailable
	if err := r.Resume(context.Background()); !errors.Is(err, secret.ErrUnavailable) {
		t.Fatal(err)
	}
	if got := status(t, r, "wsp_2").Sweep.State; got != upkeep.SweepFailed {
		t.Errorf("state %s", got)
	}
	v.fail = nil
	check(t, r.Resume(context.Background()))
	for _, workspace := range []string{"wsp_1", "wsp_2"} {
		if s := status(t, r, workspace); s.Sweep.State != upkeep.SweepDone || s.Sweep.Resealed != 1 {
			t.Errorf("%s: %+v", workspace, s.Sweep)
		}
	}
	check(t, r.Resume(context.Background())) // and finds nothing
}

// TestRenewRefuses: too many keys, and keys that were dropped.
func TestRenewRefuses(t *testing.T) {
	t.Parallel()
	h, _, r := newKeys(t, "wsp_1")
	for range 15 {
		_, err := r.Renew(in("wsp_1"))
		check(t, err)
	}
	if _, err := r.Renew(in("wsp_1")); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("a seventeenth key: %v", err)
	}
	_, err := h.keys.Shred(in("wsp_1"))
	check(t, err)
	if _, err := r.Renew(in("wsp_1")); apierr.CodeOf(err) != apierr.Conflict {
		t.Errorf("dropped keys: %v", err)
	}
	if s := status(t, r, "wsp_1"); len(s.Keys) != 0 {
		t.Errorf("%+v", s)
	}
	if done := rotate(t, r, "wsp_1"); done != (upkeep.RotationDone{}) {
		t.Errorf("%+v", done)
	}
}
