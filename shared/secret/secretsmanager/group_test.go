package secretsmanager_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/secretsmanager"
)

// TestGroup: it is read once in five minutes; a change acts then, and a service that is
// out costs nothing that was read before.
func TestGroup(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	text, out, reads := `{"A":"one"}`, errors.New("access denied"), 0
	failed := out
	g := secretsmanager.NewGroup(func(ctx context.Context) (secret.Secret, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a reading without an end")
		}
		reads++
		return secret.New(text), failed
	}, &secretsmanager.Options{Now: func() time.Time { return now }})
	want := func(name, value string, readsBy int) {
		t.Helper()
		got, err := g.Get(t.Context(), name)
		if (err == nil) != (value != "") || got.Reveal() != value || reads != readsBy {
			t.Errorf("%s: %q, %v, read %d times", name, got.Reveal(), err, reads)
		}
		if err != nil && strings.Contains(err.Error(), "one") {
			t.Errorf("a secret is told: %v", err)
		}
	}
	want("A", "", 1)
	failed = nil
	want("A", "one", 2)
	want("A", "one", 2)
	want("B", "", 2)
	text = `{"A":"two","B":"b"}`
	now = now.Add(5 * time.Minute)
	want("B", "b", 3)
	want("A", "two", 3)
	now, failed = now.Add(5*time.Minute), out
	want("A", "two", 4)
	for _, text = range []string{"one", `["one"]`, `{"A":1}`, ""} {
		fresh := secretsmanager.NewGroup(func(context.Context) (secret.Secret, error) { return secret.New(text), nil }, nil)
		if _, err := fresh.Get(t.Context(), "A"); err == nil || strings.Contains(err.Error(), "one") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
