package stand_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/statemachines"
)

// TestNight: the platform's own machines run over the real functions, twice, and
// the second time changes nothing that the first one did.
func TestNight(t *testing.T) {
	t.Parallel()
	home := stand.Start(t, stand.Options{})
	shop := hometest.NewShop(t)
	var people []hometest.Person
	for _, name := range []string{"ada", "bob"} {
		p := hometest.Register(t, home, name)
		p.Connect("Shop", shop.URL)
		people = append(people, p)
	}
	for range 2 {
		for _, name := range []string{statemachines.NightlyDrift, statemachines.KeyRotation, statemachines.AuditArchive} {
			if status, out := home.Machine(t, name, "{}"); status != "SUCCEEDED" {
				t.Errorf("%s: %s %s", name, status, out)
			}
		}
	}
	for _, p := range people {
		p.Verified()
		var all []struct{ Action string }
		p.Must(http.StatusOK, "GET", "/api/logs?limit=100", nil).Into(t, &all)
		drift := 0
		for _, r := range all {
			if r.Action == "spec.drift" {
				drift++
			}
		}
		if drift != 2 {
			t.Errorf("%d records of drift, want one a night", drift)
		}
	}
	// The archive holds the system's day; the workspaces are of today, and their day
	// is not over.
	found := false
	for name := range home.Bytes(t) {
		found = found || strings.Contains(name, "manifest")
	}
	if !found {
		t.Log("nothing to archive yet: every workspace is of today")
	}
}

// TestMigration: what runs before traffic shifts runs on an empty table, and again.
func TestMigration(t *testing.T) {
	t.Parallel()
	home := stand.Start(t, stand.Options{})
	for range 2 {
		out, err := home.Fleet.Invoke(t.Context(), "task-migrate", []byte("{}"))
		if err != nil || !strings.Contains(string(out), `"to":1`) {
			t.Errorf("%s %v", out, err)
		}
	}
}
