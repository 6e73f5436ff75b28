package dir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/blobtest"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/tenant"
)

func open(t testing.TB, path string, opts *dir.Options) *dir.Store {
	t.Helper()
	s, err := dir.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, blobtest.Harness{Open: func(t *testing.T) blob.Driver { return open(t, t.TempDir(), nil) }})
}

// TestSymlinks plants links that lead out of the folder, and from one tenant to
// another: none may be followed, by any call.
func TestSymlinks(t *testing.T) {
	t.Parallel()
	outside, path := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "loot"), []byte("loot"), 0o600); err != nil {
		t.Fatal(err)
	}
	driver := open(t, path, nil)
	s := blob.New(driver)
	victim, thief := tenant.With(t.Context(), "victim"), tenant.With(t.Context(), "thief")
	for _, put := range []struct{ name, content string }{{"o", "victim's"}, {"f/o", "victim's"}} {
		if _, err := s.Put(victim, put.name, strings.NewReader(put.content)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Put(thief, "own", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(path, "thief+")
	for link, target := range map[string]string{
		"file": filepath.Join(outside, "loot"), "folder+": outside, "up": "../../x", "sibling": "../victim+/o",
		"across+": "../victim+", "deep+": "../victim+/f+", "dangling": filepath.Join(outside, "new"), "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(home, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"file", "folder/loot", "up", "sibling", "across/o", "across/f/o", "deep/o", "dangling", "loop", "folder/planted", "across/planted"} {
		if r, _, err := s.Get(thief, name); err == nil {
			r.Close()
			t.Errorf("Get followed the link at %s", name)
		}
		if r, err := s.GetRange(thief, name, 0, 1); err == nil {
			r.Close()
			t.Errorf("GetRange followed the link at %s", name)
		}
		if _, err := s.Create(thief, name, strings.NewReader("planted")); err == nil {
			t.Errorf("Create took the link at %s for free", name)
		}
	}
	for _, name := range []string{"folder/loot", "across/o", "across/f/o", "deep/o", "across/planted", "folder/planted"} {
		if _, err := s.Put(thief, name, strings.NewReader("planted")); err == nil {
			t.Errorf("Put followed the link at %s", name)
		}
		if err := s.Delete(thief, name); err == nil {
			t.Errorf("Delete followed the link at %s", name)
		}
	}
	for _, prefix := range []string{"", "across/", "folder/", "deep/"} {
		infos, err := s.List(thief, prefix, "", 100)
		for _, info := range infos {
			if info.Name != "own" {
				t.Errorf("List of %q shows %s, %v", prefix, info.Name, err)
			}
		}
	}
	// Over a link at the end, Put replaces the link and not what it leads to.
	for _, name := range []string{"file", "sibling"} {
		if _, err := s.Put(thief, name, strings.NewReader("mine")); err != nil {
			t.Errorf("Put over the link %s: %v", name, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(outside, "loot")); err != nil || string(b) != "loot" {
		t.Errorf("outside: %q, %v", b, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside: %v, %v", entries, err)
	}
	for _, name := range []string{"o", "f/o"} {
		if b, err := s.ReadAll(victim, name, 100); err != nil || string(b) != "victim's" {
			t.Errorf("the victim's %s: %q, %v", name, b, err)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "blobs")
	s := blob.New(open(t, path, nil))
	if _, err := s.Put(tenant.With(t.Context(), "w"), "a/b", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	open(t, path, nil)
	half := filepath.Join(path, "~temp", "half")
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := blob.New(open(t, path, nil))
	if _, err := os.Stat(half); err != nil {
		t.Errorf("what may be another process's work was removed: %v", err)
	}
	if infos, err := s.List(tenant.With(t.Context(), "w"), "", "", 10); err != nil || len(infos) != 0 {
		t.Errorf("half an object is listed: %v, %v", infos, err)
	}
	open(t, path, &dir.Options{Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a crash's leftover is still there: %v", err)
	}
	if _, err := s.Put(tenant.With(t.Context(), "w"), "a", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Join(path, "~temp")); err != nil || len(entries) != 0 {
		t.Errorf("Put left %v, %v", entries, err)
	}
}

// FuzzNames calls the driver itself with arbitrary names: whatever it accepts
// comes back under the same name, and nothing appears outside its folder.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"a", "a/b", "..", "../x", "a/../../x", "/etc/passwd", "a\x00", "a+/b", "~temp/x", ".", "...", "a//b", "C:\\x", "a/b/",
		"%2e%2e/x", "a\u2215b", strings.Repeat("a/", 300), strings.Repeat("a", 300), "CON", "nul.txt", "a.", " a",
	} {
		f.Add(name)
	}
	parent := f.TempDir()
	s := open(f, filepath.Join(parent, "blobs"), nil)
	f.Fuzz(func(t *testing.T, name string) {
		_, err := s.Put(t.Context(), name, strings.NewReader(name), false)
		if (err == nil) != (blob.CheckName(name) == nil) {
			t.Fatalf("Put of %q: %v; CheckName: %v", name, err, blob.CheckName(name))
		}
		if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
			t.Fatalf("%q appeared outside: %v, %v", name, entries, err)
		}
		if err != nil {
			if !errors.Is(err, blob.ErrInvalid) {
				t.Fatalf("Put of %q: %v, want ErrInvalid", name, err)
			}
			return
		}
		infos, err := s.List(t.Context(), name, "", 1)
		if err != nil || len(infos) != 1 || infos[0].Name != name || infos[0].Size != int64(len(name)) {
			t.Fatalf("%q is listed as %v, %v", name, infos, err)
		}
		if err := s.Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkPut(b *testing.B) {
	s := blob.New(open(b, b.TempDir(), nil))
	ctx := tenant.With(b.Context(), "w")
	body := strings.Repeat("x", 10_000)
	for b.Loop() {
		if _, err := s.Put(ctx, "executions/exe_1/body", strings.NewReader(body)); err != nil {
			b.Fatal(err)
		}
	}
}
