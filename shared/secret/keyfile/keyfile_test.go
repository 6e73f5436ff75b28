package keyfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/keyfile"
	"github.com/apiq/apiq/shared/secret/secrettest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	secrettest.Run(t, secrettest.Harness{Open: func(t *testing.T) secret.KeyWrap {
		w, err := keyfile.OpenOrCreate(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int
		mode fs.FileMode
		want string
	}{
		"empty":          {0, 0o600, "32 bytes"},
		"short":          {31, 0o600, "32 bytes"},
		"long":           {33, 0o600, "32 bytes"},
		"group reads":    {32, 0o640, "0600"},
		"others read":    {32, 0o604, "0600"},
		"others write":   {32, 0o602, "0600"},
		"group executes": {32, 0o610, "0600"},
		"executable":     {32, 0o700, "0600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "key")
			content := bytes.Repeat([]byte{7}, c.size)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			for call, open := range map[string]func(string) (*keyfile.Wrap, error){"Open": keyfile.Open, "OpenOrCreate": keyfile.OpenOrCreate} {
				if _, err := open(path); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %v, want an error with %q", call, err, c.want)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
				t.Errorf("a refused file was changed: %v", err)
			}
		})
	}
	dir := t.TempDir()
	if _, err := keyfile.Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := keyfile.Open(dir); err == nil {
		t.Error("a folder was taken for a key file")
	}
	real := filepath.Join(dir, "real")
	if err := os.WriteFile(real, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.Open(filepath.Join(dir, "link")); err == nil {
		t.Error("a symbolic link was followed")
	}
}

func TestCreateRace(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	path := filepath.Join(dir, "key")
	wraps := make([]*keyfile.Wrap, 16)
	var wg sync.WaitGroup
	for i := range wraps {
		wg.Go(func() {
			var err error
			if wraps[i], err = keyfile.OpenOrCreate(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	plain, wrapped, err := wraps[0].Generate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range wraps {
		if got, err := w.Unwrap(t.Context(), wrapped, nil); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opener %d has another key: %v", i, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("the file: %v, %v", info, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

func TestOtherFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, errA := keyfile.OpenOrCreate(filepath.Join(dir, "a"))
	b, errB := keyfile.OpenOrCreate(filepath.Join(dir, "b"))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	_, wrapped, err := a.Generate(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Unwrap(t.Context(), wrapped, nil); !errors.Is(err, secret.ErrTampered) || !strings.Contains(err.Error(), "another key file") {
		t.Errorf("%v, want ErrTampered that names the cause", err)
	}
}

// TestRotate: a process that has the file open goes on, wraps under the new key, and
// opens what either has wrapped; so does one that starts then.
func TestRotate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	w, err := keyfile.OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	ec := map[string]string{"tenant": "wsp_1"}
	plain, old, err := w.Generate(t.Context(), ec)
	if err != nil {
		t.Fatal(err)
	}
	first := w.Master()
	var prints []string
	for range 3 {
		print, err := keyfile.Rotate(path)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, print)
	}
	if got := w.Master(); got != prints[2] || got == first {
		t.Errorf("wraps under %s, want %s", got, prints[2])
	}
	again, err := w.Rewrap(t.Context(), old, ec)
	if err != nil {
		t.Fatal(err)
	}
	later, err := keyfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := later.Prints(); len(got) != 4 || got[0] != first || got[3] != prints[2] {
		t.Errorf("%v", got)
	}
	for name, w := range map[string]*keyfile.Wrap{"open before": w, "opened then": later} {
		for _, wrapped := range [][]byte{old, again} {
			if got, err := w.Unwrap(t.Context(), wrapped, ec); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if n, err := keyfile.Prune(path); n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := keyfile.Prune(path); n != 0 || err != nil {
		t.Fatalf("once more: %d, %v", n, err)
	}
	if later, err = keyfile.Open(path); err != nil {
		t.Fatal(err)
	}
	if _, err := later.Unwrap(t.Context(), old, ec); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("what a removed key wrapped: %v", err)
	}
	if got, err := later.Unwrap(t.Context(), again, ec); err != nil || !bytes.Equal(got, plain) {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("%v, %v", info, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	for range 15 {
		if _, err := keyfile.Rotate(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keyfile.Rotate(path); err == nil || !strings.Contains(err.Error(), "16 keys") {
		t.Errorf("a seventeenth: %v", err)
	}
	if _, err := keyfile.Rotate(path + "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestUnreadable: a file that went or became readable to others changes nothing for
// who has it open.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	w, err := keyfile.OpenOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	master := w.Master()
	if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w.Master() != master {
		t.Error("another key")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if w.Master() != master {
		t.Error("another key")
	}
}
