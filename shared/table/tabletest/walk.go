package tabletest

import (
	"fmt"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// testWipe: all of one tenant goes, however much and whatever its keys, and nothing of
// another whose name begins alike.
func testWipe(t *testing.T, f *fixture) {
	if _, ok := f.driver.(table.Walker); !ok {
		t.Skip("this driver is no Walker")
	}
	other := *f
	other.ctx = newTenant(t.Context())
	other.put(t, item("p", "kept", 1))
	want := 0
	for part := range 3 {
		for i := range 60 {
			f.put(t, item(fmt.Sprintf("part#%d", part), fmt.Sprint(i), i))
			want++
		}
	}
	passing := item("passing", "s", 1)
	passing.ExpiresAt = f.clock.now().Add(time.Minute)
	f.put(t, passing)
	f.clock.add(time.Hour) // over, and still there: it goes too
	want++
	seen := map[table.Key]bool{}
	if err := f.store.Wipe(f.ctx, func(item table.Item) { seen[item.Key] = true }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != want {
		t.Errorf("saw %d items, want %d", len(seen), want)
	}
	for item, err := range f.store.Walk(f.ctx) {
		t.Errorf("left: %v %v", item.Key, err)
	}
	other.get(t, key("p", "kept"))
}
