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
