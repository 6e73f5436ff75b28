package sqlite_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// TestTenants: each once, whatever it has, though names begin alike.
func TestTenants(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	store := table.New(db, nil)
	if got, err := db.Tenants(t.Context(), "", 10); err != nil || len(got) != 0 {
		t.Fatalf("%v, %v", got, err)
	}
	names := []string{"_system", "wsp_1", "wsp_1-x", "wsp_10", "wsp_1_", "wsp_2", "z"}
	for i, name := range names {
		for n := range 1 + 3*i {
			if _, err := store.Put(tenant.With(t.Context(), name), item(fmt.Sprint("PK#", n), "a/b"), table.Always()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for limit := 1; limit <= len(names)+1; limit++ {
		var got []string
		for after := ""; ; {
			page, err := db.Tenants(t.Context(), after, limit)
			if err != nil || len(page) > limit {
				t.Fatalf("%v, %v", page, err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1]
		}
		slices.Sort(got)
		if !slices.Equal(got, names) {
			t.Errorf("by %d: %v", limit, got)
		}
	}
}
