package backup_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/blob"
)

// objects are a blob.Driver in memory. Opened at a path, they lie there in one file
// each when they are closed.
type objects struct {
	mu   sync.Mutex
	all  map[string]string
	path string
}

func (o *objects) Put(_ context.Context, name string, r io.Reader, exclusive bool) (blob.Info, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return blob.Info{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, taken := o.all[name]; taken && exclusive {
		return blob.Info{}, blob.ErrExists
	}
	o.all[name] = string(raw)
	return blob.Info{Name: name, Size: int64(len(raw))}, nil
}

func (o *objects) Get(_ context.Context, name string) (io.ReadCloser, blob.Info, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	content, ok := o.all[name]
	if !ok {
		return nil, blob.Info{}, blob.ErrNotFound
	}
	return io.NopCloser(strings.NewReader(content)), blob.Info{Name: name, Size: int64(len(content))}, nil
}

func (o *objects) GetRange(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return nil, errors.New("not asked for")
}

func (o *objects) Delete(_ context.Context, name string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, name)
	return nil
}

func (o *objects) List(_ context.Context, prefix, after string, limit int) (found []blob.Info, _ error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, name := range slices.SortedFunc(maps.Keys(o.all), cmp.Compare) {
		if strings.HasPrefix(name, prefix) && name > after && len(found) < limit {
			found = append(found, blob.Info{Name: name})
		}
	}
	return found, nil
}

func (o *objects) Close() error {
	if o.path == "" {
		return nil
	}
	if err := os.Mkdir(o.path, 0o700); err != nil {
		return err
	}
	for name, content := range o.all {
		if err := os.WriteFile(filepath.Join(o.path, strings.ReplaceAll(name, "/", "+")), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const key, keyPrint = "a key of thirty-two bytes, almost", "a ke"

// home judges a table by its first word and a key by its first letters.
func home() backup.Home {
	return backup.Home{
		OpenBlobs: func(path string) (backup.Blobs, error) { return &objects{all: map[string]string{}, path: path}, nil },
		CheckTable: func(_ context.Context, path string) error {
			raw, err := os.ReadFile(path)
			if err == nil && !bytes.HasPrefix(raw, []byte("table")) {
				err = errUnsound
			}
			return err
		},
		KeyPrints: func(path string) ([]string, error) {
			raw, err := os.ReadFile(path)
			return []string{string(raw[:min(4, len(raw))])}, err
		},
	}
}

var errUnsound = errors.New("no table")

func now() time.Time { return time.Date(2026, 11, 26, 1, 2, 3, 4, time.UTC) }

// source holds a table and two objects.
func source(withKey bool) backup.Source {
	src := backup.Source{
		Table: func(_ context.Context, to string) error {
			return os.WriteFile(to, []byte("table of one moment"), 0o600)
		},
		Blobs:    &objects{all: map[string]string{"wsp_1/a": "first", "wsp_1/a/" + strings.Repeat("long", 30): "second"}},
		KeyPrint: keyPrint, Program: "1.2.3",
	}
	if withKey {
		src.Key = []byte(key)
	}
	return src
}

func write(t testing.TB, src backup.Source) (path string, sum backup.Summary) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "b.tar")
	sum, err := backup.Write(t.Context(), path, src, &backup.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return path, sum
}

// files are what is in a folder, all the way down.
func files(t testing.TB, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(folder, path)
		all[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// nothing fails the test where a folder holds anything.
func nothing(t testing.TB, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 0 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// forge makes a file with the sums that a backup would have.
func forge(t testing.TB, do func(w *tar.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	do(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return sealed(t, b.Bytes())
}

func sealed(t testing.TB, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "forged.tar")
	if err := os.WriteFile(path, backup.Seal(t, body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
