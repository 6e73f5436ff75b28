package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/backup"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	long := "blobs/wsp_1+a+" + strings.Repeat("long", 30)
	keyFile := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(keyFile, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		withKey bool
		key     string
		want    map[string]string
	}{
		"without the key":        {false, "", map[string]string{"apiq.db": "table of one moment", "blobs/wsp_1+a": "first", long: "second"}},
		"with the key":           {true, "", map[string]string{"apiq.db": "table of one moment", "blobs/wsp_1+a": "first", long: "second", "master.key": key}},
		"with a key put beside":  {false, keyFile, map[string]string{"apiq.db": "table of one moment", "blobs/wsp_1+a": "first", long: "second", "master.key": key}},
		"with a key that it has": {true, keyFile, map[string]string{"apiq.db": "table of one moment", "blobs/wsp_1+a": "first", long: "second", "master.key": key}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, wrote := write(t, source(c.withKey))
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the backup: %v, %v", info, err)
			}
			want := backup.Summary{Header: backup.Header{Format: 1, Program: "1.2.3", CreatedAt: now(), WithKey: c.withKey, KeyPrint: keyPrint}, Objects: 2, Table: 19, Bytes: info.Size()}
			if diff := cmp.Diff(want, wrote); diff != "" {
				t.Error(diff)
			}
			var p backup.Progress
			read, err := backup.Verify(t.Context(), path, &backup.Options{Progress: &p})
			if diff := cmp.Diff(want, read); err != nil || diff != "" {
				t.Error(err, diff)
			}
			if stage, n, bytes := p.Now(); stage == "" || n < 4 || bytes < 30 {
				t.Errorf("progress %q %d %d", stage, n, bytes)
			}
			parent := t.TempDir()
			folder := filepath.Join(parent, "deep", "data")
			if _, err := backup.Restore(t.Context(), path, folder, c.key, home(), nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, files(t, parent+"/deep/data")); diff != "" {
				t.Error(diff)
			}
			if entries, err := os.ReadDir(filepath.Dir(folder)); err != nil || len(entries) != 1 {
				t.Errorf("left beside the folder: %v, %v", entries, err)
			}
			if _, err := backup.Restore(t.Context(), path, folder, c.key, home(), nil); !errors.Is(err, backup.ErrNotEmpty) {
				t.Errorf("into a folder that holds something: %v", err)
			}
			if _, err := backup.Write(t.Context(), path, source(false), nil); !errors.Is(err, os.ErrExist) {
				t.Errorf("over a backup: %v", err)
			}
		})
	}
}

// TestMeanwhile: what the table names is in the backup, though it came while the
// backup was made, or went.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	src := source(false)
	table := src.Table
	src.Table = func(ctx context.Context, to string) error {
		if _, err := src.Blobs.Put(ctx, "wsp_2/new", strings.NewReader("new"), true); err != nil {
			return err
		}
		if err := src.Blobs.Delete(ctx, "wsp_1/a"); err != nil {
			return err
		}
		return table(ctx, to)
	}
	path, sum := write(t, src)
	folder := t.TempDir() // empty: it is replaced
	if _, err := backup.Restore(t.Context(), path, folder, "", home(), nil); err != nil {
		t.Fatal(err)
	}
	got := files(t, folder)
	if sum.Objects != 3 || got["blobs/wsp_1+a"] != "first" || got["blobs/wsp_2+new"] != "new" {
		t.Errorf("%d objects: %v", sum.Objects, got)
	}
}

// TestEveryByte: a backup with any byte changed, or cut off anywhere, is not whole.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	path, _ := write(t, source(true))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, at int, content []byte) {
		_, err := backup.VerifyBytes(t.Context(), content)
		if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrForeign) && !errors.Is(err, backup.ErrNewer) {
			t.Fatalf("byte %d of %d %s: %v", at, len(whole), what, err)
		}
	}
	for i := range whole {
		whole[i] ^= 1
		refused("changed", i, whole)
		whole[i] ^= 1
	}
	for i := 0; i < len(whole); i += 7 {
		refused("and all behind it cut off", i, whole[:i])
	}
	refused("added", len(whole), append(whole, 0))
	spoilt, parent := filepath.Join(t.TempDir(), "spoilt.tar"), t.TempDir()
	whole[len(whole)/2] ^= 1
	if err := os.WriteFile(spoilt, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), spoilt, filepath.Join(parent, "data"), "", home(), nil); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("restored: %v", err)
	}
	nothing(t, parent)
}

// TestLeavesNothing: what fails in the middle leaves neither a backup nor a folder.
func TestLeavesNothing(t *testing.T) {
	t.Parallel()
	stopped := func(t *testing.T) (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) }
	t.Run("writing", func(t *testing.T) {
		t.Parallel()
		ctx, stop := stopped(t)
		src, folder := source(false), t.TempDir()
		table := src.Table
		src.Table = func(ctx context.Context, to string) error { stop(); return table(ctx, to) }
		if _, err := backup.Write(ctx, filepath.Join(folder, "b.tar"), src, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		nothing(t, folder)
	})
	path, _ := write(t, source(false))
	for name, c := range map[string]struct {
		key  string
		home func(stop func()) backup.Home
		want error
	}{
		"stopped": {"", func(stop func()) backup.Home {
			h := home()
			open := h.OpenBlobs
			h.OpenBlobs = func(path string) (backup.Blobs, error) { stop(); return open(path) }
			return h
		}, context.Canceled},
		"a table that is none": {"", func(func()) backup.Home {
			h := home()
			h.CheckTable = func(context.Context, string) error { return errUnsound }
			return h
		}, errUnsound},
		"another key":  {path, func(func()) backup.Home { return home() }, backup.ErrOtherKey},
		"no key there": {path + ".key", func(func()) backup.Home { return home() }, os.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := stopped(t)
			defer stop()
			parent := t.TempDir()
			if _, err := backup.Restore(ctx, path, filepath.Join(parent, "data"), c.key, c.home(stop), nil); !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			nothing(t, parent)
		})
	}
}
