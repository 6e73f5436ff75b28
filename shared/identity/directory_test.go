package identity_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func all(t *testing.T, d *identity.Directory, limit int) []string {
	t.Helper()
	var got []string
	for after, pages := "", 0; ; pages++ {
		ids, next, err := d.Workspaces(context.Background(), after, limit)
		if err != nil || len(ids) > limit || pages > 100 {
			t.Fatalf("%v after %d pages of %d: %v", err, pages, limit, ids)
		}
		got = append(got, ids...)
		if after = next; after == "" {
			return got
		}
	}
}

// TestDirectory lists workspaces, those too that were made before there was a list.
func TestDirectory(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	d := identity.NewDirectory(h.store)
	if got := all(t, d, 3); len(got) != 0 {
		t.Errorf("nobody's workspaces: %v", got)
	}
	var want []string
	for i := range 5 {
		g := h.register(t, fmt.Sprintf("p%d@example.com", i), "")
		want = append(want, g.Workspace.ID)
	}
	old := id.New(id.Workspace)
	item, err := table.JSONItem(table.Key{PK: "WORKSPACE#" + old, SK: "0"}, identity.Workspace{ID: old, Name: "old"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := tenant.WithSystem(context.Background())
	if _, err := h.store.Put(ctx, item, table.Absent()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id   string
		done bool
	}{{old, true}, {old, false}, {want[0], false}, {id.New(id.Workspace), false}, {tenant.System, false}, {"", false}} {
		if done, err := d.Enlist(context.Background(), c.id); err != nil || done != c.done {
			t.Errorf("enlist %q: %v, %v", c.id, done, err)
		}
	}
	want = append(want, old)
	slices.Sort(want)
	for limit := 1; limit <= 7; limit++ {
		if got := all(t, d, limit); !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
	if w, _, err := table.GetJSON[identity.Workspace](ctx, h.store, item.Key); err != nil || w.Name != "old" {
		t.Errorf("%+v, %v", w, err)
	}
}
