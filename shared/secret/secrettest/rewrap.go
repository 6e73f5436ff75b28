package secrettest

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"github.com/apiq/apiq/shared/secret"
)

// testRewrap wraps a key again and again: each result is new, and all of them,
// the first too, unwrap to the same key.
func testRewrap(t *testing.T, w secret.KeyWrap) {
	plain, wrapped := generate(t, w)
	seen := [][]byte{wrapped}
	for range 3 {
		before := bytes.Clone(wrapped)
		again, err := w.Rewrap(t.Context(), wrapped, scope())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(wrapped, before) {
			t.Fatal("Rewrap changed the bytes it was given")
		}
		if bytes.Contains(again, plain) {
			t.Fatal("the wrapped key shows the plain one")
		}
		for _, b := range seen {
			if bytes.Equal(again, b) {
				t.Fatal("Rewrap gave bytes that were there before")
			}
		}
		seen, wrapped = append(seen, again), again
	}
	for i, b := range seen {
		got, err := w.Unwrap(t.Context(), b, scope())
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("wrapped %d times: another key, %v", i+1, err)
		}
	}
	// The binding stays.
	other := maps.Clone(scope())
	other["tenant"] = "wsp_2"
	if _, err := w.Unwrap(t.Context(), wrapped, other); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("another tenant unwraps it: %v, want ErrTampered", err)
	}
}

// testRewrapRefuses: a key that does not unwrap is not wrapped again, and so
// never bound to another context.
func testRewrapRefuses(t *testing.T, w secret.KeyWrap) {
	_, wrapped := generate(t, w)
	other := maps.Clone(scope())
	other["tenant"] = "wsp_2"
	for name, ec := range map[string]map[string]string{"nil": nil, "another tenant": other} {
		if b, err := w.Rewrap(t.Context(), wrapped, ec); !errors.Is(err, secret.ErrTampered) || b != nil {
			t.Errorf("context %s: %v, want ErrTampered", name, err)
		}
	}
	damaged := bytes.Clone(wrapped)
	damaged[len(damaged)-1] ^= 1
	for name, b := range map[string][]byte{"nil": nil, "damaged": damaged, "shorter": wrapped[:len(wrapped)-1]} {
		if _, err := w.Rewrap(t.Context(), b, scope()); !errors.Is(err, secret.ErrTampered) {
			t.Errorf("wrapped key %s: %v, want ErrTampered", name, err)
		}
	}
}
