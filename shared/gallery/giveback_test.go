package gallery_test

import (
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/rehearse"
)

// TestOffboardingGivesBack: where a membership cannot be taken away, the run ends
// FAILED, and the account and the membership that was taken are given back.
func TestOffboardingGivesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, connect(t, &shelf{}, "okta", "github", "pagerduty", "asana"))
	g := gallery.New(h.apis, h.apis, h.flows)
	chosen := map[string]string{}
	for _, v := range []string{"okta", "github", "pagerduty", "asana"} {
		chosen[v] = connectionOf(v)
	}
	w, err := g.Use(h.ctx, "offboard-person", chosen)
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.stage.Rehearse(h.ctx, w.ID, rehearse.Request{Faults: []rehearse.Fault{rehearse.Unauthorized}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Scenarios, func(s rehearse.Scenario) bool { return s.Step == "asana" })
	if i < 0 {
		t.Fatalf("no scenario for asana: %+v", r.Scenarios)
	}
	var done []string
	for _, d := range r.Scenarios[i].Done {
		done = append(done, d.Step)
	}
	if s := r.Scenarios[i]; s.Status != rehearse.Failed || s.Error != "Offboarding.TakenBack" ||
		!slices.Contains(done, "again") || !slices.Contains(done, "invite") || slices.Contains(done, "pagerduty") || slices.Contains(done, "deactivate") {
		t.Errorf("%s %s %s, done %q", s.Status, s.Error, s.Cause, done)
	}
}
