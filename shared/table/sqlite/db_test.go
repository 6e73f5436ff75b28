package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

func workspace(ctx context.Context) context.Context { return tenant.With(ctx, "wsp_1") }

func item(pk, sk string) table.Item {
	return table.Item{Key: table.Key{PK: pk, SK: sk}, Data: []byte(`{}`)}
}

func TestSecondOpenRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir, nil)
	for _, name := range []string{"table.db", "other.db"} {
		_, err := sqlite.Open(t.Context(), filepath.Join(dir, name), nil)
		var locked *sqlite.LockedError
		if !errors.As(err, &locked) || locked.Dir != dir || locked.PID != fmt.Sprint(os.Getpid()) {
			t.Fatalf("%s: %v, want *LockedError with folder and process", name, err)
		}
		for _, want := range []string{dir, locked.PID, "in use"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the message %q lacks %q", err, want)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, nil)
}

func TestForeignFileRefused(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]string{
		"another application's": "PRAGMA application_id = 77; CREATE TABLE x (y)",
		"unmarked":              "CREATE TABLE x (y)",
		"a later release's":     "PRAGMA application_id = 0x41504951; PRAGMA user_version = 999",
	} {
		path := filepath.Join(t.TempDir(), "table.db")
		raw, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.ExecContext(t.Context(), setup); err != nil {
			t.Fatal(err)
		}
		raw.Close()
		if db, err := sqlite.Open(t.Context(), path, nil); err == nil {
			db.Close()
			t.Errorf("%s file was opened", name)
		}
	}
	path := filepath.Join(t.TempDir(), "table.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the lock must not stay behind
		db, err := sqlite.Open(t.Context(), path, nil)
		var locked *sqlite.LockedError
		if err == nil || errors.As(err, &locked) {
			t.Errorf("junk: %v, %v", db, err)
		}
	}
}

func TestOddPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b?mode=memory#c%20", "new")
	db := open(t, dir, nil)
	if _, err := table.New(db, nil).Put(workspace(t.Context()), item("p", "s"), table.Always()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"table.db", "apiq.lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := table.New(open(t, dir, nil), nil).Get(workspace(t.Context()), table.Key{PK: "p", SK: "s"}); err != nil {
		t.Errorf("after opening again: %v", err)
	}
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000"} {
		if got := db.WriterPragma(t, pragma); got != want {
			t.Errorf("the writer's %s is %s, want %s", pragma, got, want)
		}
	}
}

// TestPlans makes sure that each shape of query is answered from one index, in
// its order, without sorting and without reading the whole table.
func TestPlans(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), nil)
	after := &table.Position{Key: table.Key{PK: "p", SK: "s"}, Sort: "s"}
	for index, name := range map[string]string{table.Base: "item_key", table.Index1: "item_gsi1", table.Index2: "item_gsi2", table.Index3: "item_gsi3"} {
		for _, bounds := range []table.Query{{}, {Prefix: "a"}, {From: "a"}, {To: "b"}, {From: "a", To: "b"}} {
			for _, reverse := range []bool{false, true} {
				for _, position := range []*table.Position{nil, after} {
					q := bounds
					q.Index, q.PK, q.Limit, q.Reverse = index, "p", 10, reverse
					plan := db.Plan(t, q, position)
					if !strings.Contains(plan, "SEARCH item USING INDEX "+name) || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "SCAN") {
						t.Errorf("%+v after %v: %s", q, position, plan)
					}
				}
			}
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	start := time.Now().Truncate(time.Second)
	now.Store(start.Unix())
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	db := open(t, t.TempDir(), &sqlite.Options{Now: clock, SweepEvery: -1})
	store := table.New(db, &table.Options{Now: clock})
	ctx := workspace(t.Context())
	const expiring, lasting = 1203, 30 // three batches
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < expiring+lasting; i += 16 {
				it := item("p", fmt.Sprintf("%05d", i))
				if i < expiring {
					it.ExpiresAt = start.Add(time.Minute)
				} else if i%2 == 0 {
					it.ExpiresAt = start.Add(time.Hour)
				}
				if _, err := store.Put(ctx, it, table.Absent()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := db.Sweep(ctx); err != nil || n != 0 {
		t.Errorf("before expiry %d were swept, %v", n, err)
	}
	now.Add(60)
	if n, err := db.Sweep(ctx); err != nil || n != expiring {
		t.Errorf("%d were swept, %v, want %d", n, err, expiring)
	}
	if n := db.Rows(t); n != lasting {
		t.Errorf("%d rows are left, want %d", n, lasting)
	}
}

func TestSweepInBackground(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir(), &sqlite.Options{SweepEvery: 5 * time.Millisecond})
	it := item("p", "s")
	it.ExpiresAt = time.Now().Add(-time.Minute)
	if _, err := table.New(db, nil).Put(workspace(t.Context()), it, table.Always()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); db.Rows(t) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("an expired item is still there after ten seconds of sweeps")
		}
		time.Sleep(5 * time.Millisecond) // polls the background
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), t.TempDir()
	db := open(t, dir, nil)
	store := table.New(db, nil)
	ctx := workspace(t.Context())
	for i := range 200 {
		if _, err := store.Put(ctx, item("p", fmt.Sprintf("%04d", i)), table.Always()); err != nil {
			t.Fatal(err)
		}
	}
	// Pairs are written meanwhile: the copy must hold both of each or none.
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			err := store.Transact(ctx, []table.Op{
				table.Put(item("a", fmt.Sprint(i)), table.Always()), table.Put(item("b", fmt.Sprint(i)), table.Always())})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	path := filepath.Join(target, "table.db")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	from, err := filepath.Rel(here, filepath.Join(dir, "table.db")) // as people name it
	if err == nil {
		err = sqlite.Backup(ctx, from, path)
	}
	close(stop)
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlite.Backup(ctx, filepath.Join(dir, "table.db"), path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second backup to one file: %v, want os.ErrExist", err)
	}
	entries, err := os.ReadDir(target)
	if err != nil || len(entries) != 1 {
		t.Errorf("left beside the backup: %v, %v", entries, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	copied := table.New(open(t, target, nil), nil)
	count := map[string]int{}
	for _, pk := range []string{"p", "a", "b"} {
		for _, err := range copied.All(ctx, table.Query{PK: pk, Limit: 1000}) {
			if err != nil {
				t.Fatal(err)
			}
			count[pk]++
		}
	}
	if count["p"] != 200 || count["a"] != count["b"] {
		t.Errorf("the backup holds %v", count)
	}
	if _, err := copied.Put(ctx, item("p", "new"), table.Absent()); err != nil {
		t.Errorf("the backup can't be written: %v", err)
	}
}

// TestCheck: what is no sound table of ours is refused, for backups and restores.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statements string
		spoil      func(t *testing.T, path string)
		want       string // "" for fine
	}{
		"fine":                  {"", nil, ""},
		"another application's": {"PRAGMA application_id = 77", nil, "no table of apiq"},
		"a later release's":     {"PRAGMA user_version = 999", nil, "schema 999"},
		"a trigger":             {"CREATE TRIGGER x AFTER INSERT ON item BEGIN DELETE FROM item; END", nil, "not of the schema"},
		"a view":                {"CREATE VIEW itemx AS SELECT 1", nil, "not of the schema"},
		"another table":         {"CREATE TABLE x (y)", nil, "not of the schema"},
		"damaged":               {"", func(t *testing.T, path string) { scribble(t, path) }, "sqlite"},
		"gone":                  {"", func(t *testing.T, path string) { _ = os.Remove(path) }, "no such file"},
		"none": {"", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("not SQLite, but long enough to be looked at by it"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			db := open(t, dir, nil)
			store := table.New(db, nil)
			for i := range 300 {
				if _, err := store.Put(workspace(t.Context()), item("p", fmt.Sprintf("%04d", i)), table.Always()); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(t.TempDir(), "copy.db")
			if err := sqlite.Backup(t.Context(), filepath.Join(dir, "table.db"), path); err != nil {
				t.Fatal(err)
			}
			if c.statements != "" {
				sqlite.Exec(t, path, c.statements)
			}
			if c.spoil != nil {
				c.spoil(t, path)
			}
			err := sqlite.Check(t.Context(), path)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// scribble changes bytes in the middle of a file.
func scribble(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[len(raw)/2:], strings.Repeat("\xff", 6000))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
