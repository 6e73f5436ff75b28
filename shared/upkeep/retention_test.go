package upkeep_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/upkeep"
)

// keeping is for how long workspaces keep runs.
type keeping map[string]int

func (k keeping) Days(ctx context.Context, _ retention.Kind) (int, error) {
	workspace, err := tenant.From(ctx)
	return k[workspace], err
}

// past is what workspaces have: how many things, by how many hours they are old.
type past struct {
	now  func() time.Time
	have map[string][]time.Time
	// before is called with each workspace first.
	before func(ctx context.Context, workspace string) error
	asked  []string
}

func (p *past) Expire(ctx context.Context, before time.Time) (n int, err error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return 0, err
	}
	p.asked = append(p.asked, workspace)
	if p.before != nil {
		if err := p.before(ctx, workspace); err != nil {
			return 0, err
		}
	}
	var left []time.Time
	for _, at := range p.have[workspace] {
		if at.Before(before) {
			n++
		} else {
			left = append(left, at)
		}
	}
	p.have[workspace] = left
	return n, nil
}

func TestRetentionRound(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_a", "wsp_b", "wsp_c", "wsp_d")
	ages := func(days ...int) (all []time.Time) {
		for _, d := range days {
			all = append(all, h.now().AddDate(0, 0, -d))
		}
		return all
	}
	broken := errors.New("broken")
	p := &past{now: h.now, have: map[string][]time.Time{"wsp_a": ages(1, 10, 40), "wsp_b": ages(40), "wsp_c": ages(400), "wsp_d": ages(8, 9)}}
	p.before = func(_ context.Context, workspace string) error {
		if workspace == "wsp_b" {
			return broken
		}
		return nil
	}
	r := upkeep.NewRetention(h.places, keeping{"wsp_a": 7, "wsp_b": 7, "wsp_d": 7}, map[retention.Kind]upkeep.Past{retention.Runs: p}, h.trail, h.store, &upkeep.RetentionOptions{Now: h.now})
	if err := r.Resume(t.Context()); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	for workspace, want := range map[string]int{"wsp_a": 1, "wsp_b": 1, "wsp_c": 1, "wsp_d": 0} { // for ever in wsp_c
		if have := len(p.have[workspace]); have != want {
			t.Errorf("%s has %d left, want %d", workspace, have, want)
		}
	}
	if have := h.records(t, "wsp_a"); len(have) != 1 || have[0].Action != upkeep.ActionExpire || have[0].Message != "Removed 2 runs, kept for 7 days" {
		t.Errorf("%+v", have)
	}
	if len(h.records(t, "wsp_b"))+len(h.records(t, "wsp_c")) != 0 {
		t.Error("records of nothing")
	}
	// The round is done until the next day.
	asked := len(p.asked)
	if err := r.Resume(t.Context()); err != nil || len(p.asked) != asked {
		t.Errorf("asked %v, %v", p.asked, err)
	}
	h.pass(24 * time.Hour)
	p.before = nil
	if err := r.Resume(t.Context()); err != nil || len(p.have["wsp_b"]) != 0 {
		t.Errorf("the next day: %v, %v", p.have, err)
	}
}

// TestRetentionGoesOn: a round whose time is up is gone on with where it stopped.
func TestRetentionGoesOn(t *testing.T) {
	t.Parallel()
	h := newHome(t, "wsp_a", "wsp_b", "wsp_c")
	p := &past{now: h.now, have: map[string][]time.Time{}}
	slow := true
	p.before = func(ctx context.Context, workspace string) error {
		if workspace == "wsp_b" && slow {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	r := upkeep.NewRetention(h.places, keeping{"wsp_a": 7, "wsp_b": 7, "wsp_c": 7}, map[retention.Kind]upkeep.Past{retention.Runs: p}, h.trail, h.store,
		&upkeep.RetentionOptions{Now: h.now, Budget: 300 * time.Millisecond})
	if err := r.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	slow = false
	for range 2 {
		if err := r.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(p.asked); got != 4 || p.asked[2] != "wsp_b" || p.asked[3] != "wsp_c" {
		t.Errorf("asked %v", p.asked)
	}
}
