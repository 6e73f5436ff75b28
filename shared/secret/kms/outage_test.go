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

// TestOutage: KMS goes away. What is cached serves for five minutes; then values
// neither open nor are sealed, and none is kept in the clear.
func TestOutage(t *testing.T) {
	t.Parallel()
	const planted = "sk-planted-3f9a77"
	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	var out atomic.Bool
	var seconds atomic.Int64
	server := stand.New(&stand.Options{Fault: func(string) stand.Fault {
		if out.Load() {
			return stand.Cut
		}
		return stand.None
	}})
	start := time.Now()
	e := secret.NewEnvelope(table.New(db, nil), kms.New(client(server.Start(t)), server.CreateKey(), nil),
		&secret.Options{Now: func() time.Time { return start.Add(time.Duration(seconds.Load()) * time.Second) }})
	ctx, newcomer := tenant.With(t.Context(), "wsp_1"), tenant.With(t.Context(), "wsp_2")
	place := secret.Scope{Resource: "con_1", Field: "token"}
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
