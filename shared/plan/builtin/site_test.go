package builtin_test

import (
	"context"
	"testing"

	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/catalog"
)

// TestNamedConnection: what a clause names, however it is written, it is done with.
func TestNamedConnection(t *testing.T) {
	t.Parallel()
	turner, hub := entry(t, "PageTurner v3 REST API", "library.yaml"), entry(t, "BookHub", "library.yaml")
	set := catalog.NewSet(turner, hub)
	for goal, want := range map[string]string{
		"Delete book 42 in BookHub":               hub.Connection,
		"Delete book 42 in bookhub":               hub.Connection,
		"Delete book 42 in PageTurner":            turner.Connection,
		"Delete book 42 from the Page Turner API": turner.Connection,
	} {
		d, err := builtin.New(&builtin.Options{Now: now}).Plan(context.Background(), goal, set)
		if err != nil {
			t.Errorf("%s: %v", goal, err)
			continue
		}
		if len(d.Steps) != 1 || d.Steps[0].Entry.Connection != want {
			t.Errorf("%s: %v in %s, want it in %s", goal, lines(d), d.Steps[0].Entry.Connection, want)
		}
	}
}
