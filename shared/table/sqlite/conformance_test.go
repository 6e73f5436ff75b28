package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/table/tabletest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	tabletest.Run(t, tabletest.Harness{Open: func(t *testing.T) table.Driver { return open(t, t.TempDir(), nil) }})
}

// open opens a database in a folder, closed when the test ends.
func open(t testing.TB, dir string, opts *sqlite.Options) *sqlite.DB {
	t.Helper()
	if opts == nil {
		opts = &sqlite.Options{SweepEvery: -1}
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "table.db"), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
