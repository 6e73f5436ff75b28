// Package secrettest is the one conformance suite of key services: every
// secret.KeyWrap runs it.
package secrettest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/secret"
)

// Harness says how to reach one key service.
type Harness struct {
	// Open returns a key service that works. Two calls may share a master key.
	Open func(t *testing.T) secret.KeyWrap
}

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	for name, test := range map[string]func(*testing.T, secret.KeyWrap){
		"RoundTrip": testRoundTrip, "Context": testContext, "Damaged": testDamaged,
		"Independent": testIndependent, "Concurrent": testConcurrent, "Cancelled": testCancelled,
		"Rewrap": testRewrap, "RewrapRefuses": testRewrapRefuses,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, h.Open(t))
		})
	}
}

func scope() map[string]string {
	return map[string]string{"app": "apiq", "tenant": "wsp_1", "purpose": "credentials"}
}

func generate(t *testing.T, w secret.KeyWrap) (plain, wrapped []byte) {
	t.Helper()
	plain, wrapped, err := w.Generate(t.Context(), scope())
	if err != nil {
		t.Fatal(err)
	}
	if len(plain) != 32 {
		t.Fatalf("a data key of %d bytes, want 32", len(plain))
	}
	if bytes.Contains(wrapped, plain) {
		t.Fatal("the wrapped key shows the plain one")
	}
	return plain, wrapped
}

func testRoundTrip(t *testing.T, w secret.KeyWrap) {
	seen := map[string]bool{}
	for range 5 {
		plain, wrapped := generate(t, w)
		if seen[string(plain)] || seen[string(wrapped)] {
			t.Fatal("the same key twice")
		}
		seen[string(plain)], seen[string(wrapped)] = true, true
		for range 2 {
			got, err := w.Unwrap(t.Context(), wrapped, scope())
			if err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("Unwrap: another key, %v", err)
			}
		}
	}
}

func testContext(t *testing.T, w secret.KeyWrap) {
	_, wrapped := generate(t, w)
	with := func(k, v string) map[string]string {
		m := maps.Clone(scope())
		m[k] = v
		return m
	}
	without := scope()
	delete(without, "purpose")
	for name, other := range map[string]map[string]string{
		"nil": nil, "empty": {}, "one less": without, "one more": with("more", "x"),
		"another tenant": with("tenant", "wsp_2"), "another purpose": with("purpose", "x"),
		"an empty value": with("tenant", ""),
		"moved bytes":    {"app": "apiq", "purpose": "credentialstenant", "tenant": "wsp_1"},
	} {
		if _, err := w.Unwrap(t.Context(), wrapped, other); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("context with %s: %v, want ErrTampered", name, err)
		}
	}
}

func testDamaged(t *testing.T, w secret.KeyWrap) {
	_, wrapped := generate(t, w)
	for i := range wrapped {
		damaged := bytes.Clone(wrapped)
		damaged[i] ^= 1
		if _, err := w.Unwrap(t.Context(), damaged, scope()); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("byte %d changed: %v, want ErrTampered", i, err)
		}
	}
	for name, b := range map[string][]byte{
		"nil": nil, "one byte": {1}, "shorter": wrapped[:len(wrapped)-1], "longer": append(bytes.Clone(wrapped), 0),
	} {
		if _, err := w.Unwrap(t.Context(), b, scope()); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("wrapped key %s: %v, want ErrTampered", name, err)
		}
	}
}

func testIndependent(t *testing.T, w secret.KeyWrap) {
	plain, wrapped := generate(t, w)
	want := bytes.Clone(plain)
	clear(plain)
	got, err := w.Unwrap(t.Context(), wrapped, scope())
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("clearing the plain key changed the service's: %v", err)
	}
}

func testConcurrent(t *testing.T, w secret.KeyWrap) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			plain, wrapped, err := w.Generate(t.Context(), scope())
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := w.Unwrap(t.Context(), wrapped, scope()); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("Unwrap: another key, %v", err)
			}
		})
	}
	wg.Wait()
}

func testCancelled(t *testing.T, w secret.KeyWrap) {
	_, wrapped := generate(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := w.Generate(ctx, scope()); !errors.Is(err, context.Canceled) {
		t.Errorf("Generate: %v, want context.Canceled", err)
	}
	if _, err := w.Unwrap(ctx, wrapped, scope()); !errors.Is(err, context.Canceled) {
		t.Errorf("Unwrap: %v, want context.Canceled", err)
	}
	if _, err := w.Rewrap(ctx, wrapped, scope()); !errors.Is(err, context.Canceled) {
		t.Errorf("Rewrap: %v, want context.Canceled", err)
	}
}
