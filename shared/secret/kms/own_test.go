package kms_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	stand "github.com/apiq/apiq/infra/awstest/kms"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/kms"
	"github.com/apiq/apiq/shared/secret/secrettest"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/tenant"
)

// TestConformanceOwn: the key service under a workspace's own key is one like any other.
func TestConformanceOwn(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	c, home, own := client(server.Start(t)), server.CreateKey(), server.CreateKey()
	secrettest.Run(t, secrettest.Harness{Open: func(t *testing.T) secret.KeyWrap {
		w, err := kms.New(c, home, nil).Under(own)
		if err != nil || w.(secret.OwnKeys).Principal() != "arn:aws:iam::"+strings.Split(home, ":")[4]+":root" {
			t.Fatal(err)
		}
		return w
	}})
}

func TestUnderRefuses(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	w := kms.New(client(server.Start(t)), server.CreateKey(), nil)
	const id = "12345678-1234-1234-1234-123456789012"
	for _, key := range []string{
		"x", "alias/theirs", id, "arn:aws:kms:eu-central-1:123456789012:alias/theirs", "arn:aws:kms:us-east-1:123456789012:key/" + id,
		"arn:aws:kms:eu-central-1:1234:key/" + id, "arn:aws:s3:eu-central-1:123456789012:key/" + id, "arn:aws:kms:eu-central-1:123456789012:key/" + id + "\n",
		"arn:aws:kms:eu-central-1:123456789012:key/*",
	} {
		if _, err := w.Under(key); !errors.Is(err, secret.ErrNoOwnKeys) {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestOwnKey: one workspace brings a key, loses it, gets it back, and leaves it; the
// other one notices nothing.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	server := stand.New(nil)
	c, home, own := client(server.Start(t)), server.CreateKey(), server.CreateKey()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store := table.New(db, nil)
	process := func() *secret.Envelope { return secret.NewEnvelope(store, kms.New(c, home, nil), nil) } // nothing in memory
	one, two := tenant.With(t.Context(), "wsp_1"), tenant.With(t.Context(), "wsp_2")
	place := secret.Scope{Resource: "con_1", Field: "token"}
	seal := func(ctx context.Context) []byte {
		t.Helper()
		sealed, err := process().Seal(ctx, place, []byte("value"))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	opens := func(ctx context.Context, sealed []byte, want error) {
		t.Helper()
		got, err := process().Open(ctx, place, sealed)
		if want == nil && (err != nil || string(got) != "value") || want != nil && !errors.Is(err, want) {
			t.Errorf("opened %q, %v, want %v", got, err, want)
		}
	}
	before, theirs := seal(one), seal(two)
	if err := process().Use(one, own); err != nil {
		t.Fatal(err)
	}
	if err := process().Rotate(one); err != nil {
		t.Fatal(err)
	}
	after := seal(one)
	keys, err := process().Keys(one)
	if err != nil || len(keys) != 2 || keys[0].Master != own || keys[1].Master != own {
		t.Errorf("%+v, %v", keys, err)
	}
	if key, err := process().Own(one); err != nil || key != own {
		t.Errorf("%s, %v", key, err)
	}
	opens(one, before, nil)
	opens(one, after, nil)

	server.Disable(own)
	opens(one, before, secret.ErrOwnKey)
	opens(one, after, secret.ErrUnavailable)
	opens(two, theirs, nil)
	if err := process().Use(one, ""); !errors.Is(err, secret.ErrOwnKey) {
		t.Errorf("left behind a key that is off: %v", err)
	}
	if _, err := process().Seal(one, place, []byte("x")); !errors.Is(err, secret.ErrOwnKey) {
		t.Errorf("sealed without the key: %v", err)
	}
	server.Enable(own)
	opens(one, after, nil)

	if err := process().Use(one, ""); err != nil {
		t.Fatal(err)
	}
	server.Disable(own)
	opens(one, before, nil)
	opens(one, after, nil)

	// A key that is off, or not there, is not taken, and changes nothing.
	none := strings.Replace(own, own[len(own)-4:], "0000", 1)
	for _, bad := range []string{own, none} {
		if err := process().Use(one, bad); !errors.Is(err, secret.ErrOwnKey) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if key, err := process().Own(one); err != nil || key != "" {
		t.Errorf("%s, %v", key, err)
	}
	opens(one, after, nil)
}

// TestOwnKeyCutOff: where wrapping again ends early, every key opens, and Rewrap goes on.
func TestOwnKeyCutOff(t *testing.T) {
	t.Parallel()
	f := &faults{count: map[string]int{}}
	server := stand.New(&stand.Options{Fault: f.ask})
	c, home, own := client(server.Start(t)), server.CreateKey(), server.CreateKey()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	store, ctx := table.New(db, nil), tenant.With(t.Context(), "wsp_1")
	now := time.Now()
	process := func() *secret.Envelope {
		return secret.NewEnvelope(store, kms.New(c, home, nil), &secret.Options{Now: func() time.Time { return now }})
	}
	place := secret.Scope{Resource: "con_1", Field: "token"}
	var all [][]byte
	for range 4 {
		sealed, err := process().Seal(ctx, place, []byte("value"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sealed)
		now = now.Add(time.Minute)
		if err := process().Rotate(ctx); err != nil {
			t.Fatal(err)
		}
	}
	f.mu.Lock()
	f.fail = func(operation string, nth int) stand.Fault {
		if operation == "ReEncrypt" && nth > 5 {
			return stand.Internal
		}
		return stand.None
	}
	f.count = map[string]int{}
	f.mu.Unlock()
	if err := process().Use(ctx, own); !errors.Is(err, secret.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	opens := func() {
		t.Helper()
		for i, sealed := range all {
			if got, err := process().Open(ctx, place, sealed); err != nil || string(got) != "value" {
				t.Errorf("value %d: %v", i, err)
			}
		}
	}
	opens()
	f.mu.Lock()
	f.fail = nil
	f.mu.Unlock()
	if n, err := process().Rewrap(ctx); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	opens()
	keys, err := process().Keys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Master != own {
			t.Errorf("%+v", k)
		}
	}
}
