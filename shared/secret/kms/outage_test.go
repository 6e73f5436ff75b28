package kms_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	stand "github.com/apiq/apiq/infra/awstest/kms"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/kms"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

const planted = "sk-planted-3f9a77"

var place = secret.Scope{Resource: "con_1", Field: "token"}

func openTable(t *testing.T, dir string) *table.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return table.New(db, nil)
}

// TestOutage: KMS goes away. What is cached serves for five minutes; then values
// neither open nor are sealed, and none is kept in the clear.
func TestOutage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openTable(t, dir)
	var out atomic.Bool
	var seconds atomic.Int64
	server := stand.New(&stand.Options{Fault: func(string) stand.Fault {
		if out.Load() {
			return stand.Cut
		}
		return stand.None
	}})
	start := time.Now()
	e := secret.NewEnvelope(store, kms.New(client(server.Start(t)), server.CreateKey(), nil),
		&secret.Options{Now: func() time.Time { return start.Add(time.Duration(seconds.Load()) * time.Second) }})
	ctx, newcomer := tenant.With(t.Context(), "wsp_1"), tenant.With(t.Context(), "wsp_2")
	sealed, err := e.Seal(ctx, place, []byte(planted))
	if err != nil {
		t.Fatal(err)
	}

	out.Store(true)
	for _, at := range []int64{0, 60, 299} {
		seconds.Store(at)
		if got, err := e.Open(ctx, place, sealed); err != nil || string(got) != planted {
			t.Errorf("after %d s: Open: %v", at, err)
		}
		if _, err := e.Seal(ctx, place, []byte(planted)); err != nil {
			t.Errorf("after %d s: Seal: %v", at, err)
		}
	}
	if got, err := e.Seal(newcomer, place, []byte(planted)); !errors.Is(err, secret.ErrUnavailable) || got != nil {
		t.Errorf("a tenant with no key: %d bytes, %v, want ErrUnavailable", len(got), err)
	}
	for _, at := range []int64{300, 3600} {
		seconds.Store(at)
		if got, err := e.Open(ctx, place, sealed); !errors.Is(err, secret.ErrUnavailable) || got != nil {
			t.Errorf("after %d s: Open: %d bytes, %v, want ErrUnavailable", at, len(got), err)
		}
		if got, err := e.Seal(ctx, place, []byte(planted)); !errors.Is(err, secret.ErrUnavailable) || got != nil {
			t.Errorf("after %d s: Seal: %d bytes, %v, want ErrUnavailable", at, len(got), err)
		}
	}
	out.Store(false)
	if got, err := e.Open(ctx, place, sealed); err != nil || string(got) != planted {
		t.Errorf("after the outage: %v", err)
	}

	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(planted)) {
			t.Errorf("%s holds the value in the clear", d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestKeyReplaced moves a tenant's data keys from one KMS key to another, then
// does without the first.
func TestKeyReplaced(t *testing.T) {
	t.Parallel()
	store := openTable(t, t.TempDir())
	server := stand.New(nil)
	c := client(server.Start(t))
	oldKey, newKey := server.CreateKey(), server.CreateKey()
	ctx := tenant.With(t.Context(), "wsp_1")
	var sealed [][]byte
	before := secret.NewEnvelope(store, kms.New(c, oldKey, nil), nil)
	for range 3 {
		b, err := before.Seal(ctx, place, []byte(planted))
		if err != nil {
			t.Fatal(err)
		}
		sealed = append(sealed, b)
		server.Rotate(oldKey)
		if err := before.Rotate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	during := secret.NewEnvelope(store, kms.New(c, newKey, &kms.Options{OldKeys: []string{oldKey}}), nil)
	if n, err := during.Rewrap(ctx); n != 4 || err != nil {
		t.Fatalf("%d keys, %v, want 4", n, err)
	}
	server.Delete(oldKey)
	after := secret.NewEnvelope(store, kms.New(c, newKey, nil), nil)
	for i, b := range sealed {
		if got, err := after.Open(ctx, place, b); err != nil || string(got) != planted {
			t.Errorf("value %d: %v", i, err)
		}
	}
}
