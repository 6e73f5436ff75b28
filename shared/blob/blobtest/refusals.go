package blobtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/tenant"
)

func testRefusals(t *testing.T, f *fixture) {
	for _, name := range []string{
		"", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a\\b", "a b", "a\x00b", "é", "a+b",
		"a%2e", "~temp/x", "C:a", "a:b", "*", "a\n", strings.Repeat("x", blob.MaxSegment+1), strings.Repeat("x/", blob.MaxName/2) + "x",
	} {
		for call, err := range everyCall(f.ctx, f.store, name) {
			if !errors.Is(err, blob.ErrInvalid) {
				t.Errorf("%s of %.40q: %v, want ErrInvalid", call, name, err)
			}
		}
	}
	for _, prefix := range []string{"/", "a//", "../", "../a", "a/../", "./", "a b", "a\x00", strings.Repeat("x", blob.MaxName)} {
		if _, err := f.store.List(f.ctx, prefix, "", 10); !errors.Is(err, blob.ErrInvalid) {
			t.Errorf("List of %.40q: %v, want ErrInvalid", prefix, err)
		}
	}
	for _, limit := range []int{-1, 0, blob.MaxList + 1} {
		if _, err := f.store.List(f.ctx, "", "", limit); !errors.Is(err, blob.ErrInvalid) {
			t.Errorf("List of %d: %v, want ErrInvalid", limit, err)
		}
	}
	if _, err := f.store.List(f.ctx, "", "../x", 10); !errors.Is(err, blob.ErrInvalid) {
		t.Errorf("List after an invalid name: %v, want ErrInvalid", err)
	}
	for _, r := range [][2]int64{{-1, 1}, {0, 0}, {0, -1}, {0, blob.MaxBytes + 1}, {1 << 62, 1 << 62}} {
		if _, err := f.store.GetRange(f.ctx, "a", r[0], r[1]); !errors.Is(err, blob.ErrInvalid) {
			t.Errorf("GetRange %v: %v, want ErrInvalid", r, err)
		}
	}
	if got := f.names(t, ""); got != "[]" {
		t.Errorf("refused calls left %s", got)
	}
}

func testNoTenant(t *testing.T, f *fixture) {
	for _, ctx := range []context.Context{t.Context(), tenant.With(t.Context(), "")} {
		calls := everyCall(ctx, f.store, "a")
		_, calls["List"] = f.store.List(ctx, "", "", 1)
		for call, err := range calls {
			if !errors.Is(err, tenant.ErrNone) {
				t.Errorf("%s without a workspace: %v, want tenant.ErrNone", call, err)
			}
		}
	}
	for _, odd := range []string{"..", ".", "a/b", "a b", "\x00"} {
		ctx := tenant.With(t.Context(), odd)
		calls := everyCall(ctx, f.store, "a")
		_, calls["List"] = f.store.List(ctx, "", "", 1)
		for call, err := range calls {
			if !errors.Is(err, blob.ErrInvalid) {
				t.Errorf("%s in workspace %q: %v, want ErrInvalid", call, odd, err)
			}
		}
	}
}

func testTenants(t *testing.T, f *fixture) {
	other := &fixture{store: f.store, ctx: newTenant(t.Context())}
	f.put(t, "a/b", "mine")
	if _, err := other.store.ReadAll(other.ctx, "a/b", 10); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("another tenant reads: %v, want ErrNotFound", err)
	}
	if got := other.names(t, ""); got != "[]" {
		t.Errorf("another tenant lists %s", got)
	}
	if err := other.store.Delete(other.ctx, "a/b"); err != nil {
		t.Error(err)
	}
	if _, err := other.store.Create(other.ctx, "a/b", strings.NewReader("theirs")); err != nil {
		t.Errorf("another tenant's name was taken: %v", err)
	}
	f.expect(t, "a/b", "mine")
	other.expect(t, "a/b", "theirs")
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	for call, err := range everyCall(ctx, f.store, "a") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", call, err)
		}
	}
	// In the middle of a body.
	ctx, cancel = context.WithCancel(f.ctx)
	defer cancel()
	_, err := f.store.Put(ctx, "a", readFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Put of an endless body: %v, want context.Canceled", err)
	}
	if got := f.names(t, ""); got != "[]" {
		t.Errorf("cancelled calls left %s", got)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }
