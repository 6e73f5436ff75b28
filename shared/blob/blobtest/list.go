package blobtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/blob"
)

func testDelete(t *testing.T, f *fixture) {
	for _, name := range []string{"none", "a/b/none"} {
		if err := f.store.Delete(f.ctx, name); err != nil {
			t.Errorf("Delete of nothing: %v", err)
		}
	}
	f.put(t, "a/b", "x")
	f.put(t, "a/c", "y")
	if err := f.store.Delete(f.ctx, "a/b"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.store.Get(f.ctx, "a/b"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after Delete: %v, want ErrNotFound", err)
	}
	if err := f.store.Delete(f.ctx, "a"); err != nil {
		t.Errorf("Delete of what is only a folder: %v", err)
	}
	if got := f.names(t, ""); got != "[a/c]" {
		t.Errorf("left: %s", got)
	}
}

func testList(t *testing.T, f *fixture) {
	// In the order of bytes, where "-" and "." come before "/" and digits after.
	all := []string{
		"a", "a-", "a-/b", "a.b", "a/", "a/b", "a/b-c", "a/b/", "a/b/c", "a/b/d", "a/b0", "a/c", "a0", "aa", "b/x", "b/x/y/z", "c",
	}
	all = slices.DeleteFunc(all, func(s string) bool { return strings.HasSuffix(s, "/") })
	if !slices.IsSorted(all) {
		t.Fatal("the test's own list is out of order")
	}
	for i := range all {
		name := all[(i*7)%len(all)]
		f.put(t, name, name)
	}
	for _, prefix := range []string{"", "a", "a-", "a.", "a/", "a/b", "a/b/", "a/b/c", "b/", "b/x/", "b/x/y/z", "c", "c/", "d", "x/y/", ".", ".."} {
		var want []string
		for _, name := range all {
			if strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		if got := f.names(t, prefix); got != fmt.Sprint(want) {
			t.Errorf("prefix %q: %s, want %v", prefix, got, want)
		}
		for _, limit := range []int{1, 2, 3, len(all)} {
			var got []string
			for after := ""; ; {
				infos, err := f.store.List(f.ctx, prefix, after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(infos) == 0 {
					break
				}
				for _, info := range infos {
					if info.Size != int64(len(info.Name)) || info.CreatedAt.IsZero() {
						t.Errorf("listed %+v", info)
					}
					got = append(got, info.Name)
				}
				after = got[len(got)-1]
			}
			if !slices.Equal(got, want) {
				t.Errorf("prefix %q, by %d: %q, want %q", prefix, limit, got, want)
			}
		}
	}
	// What after names need not exist.
	for _, after := range []string{"A", "a/b-", "a/b/cc", "a/zzz", "zzz", "b/x/y"} {
		var want []string
		for _, name := range all {
			if name > after {
				want = append(want, name)
			}
		}
		infos, err := f.store.List(f.ctx, "", after, 100)
		var got []string
		for _, info := range infos {
			got = append(got, info.Name)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("after %q: %q, %v, want %q", after, got, err, want)
		}
	}
}

// testFolderAndObject uses one name as an object and as others' folder, in both orders.
func testFolderAndObject(t *testing.T, f *fixture) {
	f.put(t, "a", "1")
	f.put(t, "a/b", "2")
	f.put(t, "c/d/e", "3")
	f.put(t, "c/d", "4")
	f.put(t, "c", "5")
	for name, want := range map[string]string{"a": "1", "a/b": "2", "c/d/e": "3", "c/d": "4", "c": "5"} {
		f.expect(t, name, want)
	}
	if err := f.store.Delete(f.ctx, "c"); err != nil {
		t.Fatal(err)
	}
	if got := f.names(t, ""); got != "[a a/b c/d c/d/e]" {
		t.Errorf("left: %s", got)
	}
}
