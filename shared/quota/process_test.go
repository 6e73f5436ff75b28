package quota_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/table/tabletest/apart"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	envTable = "APIQ_QUOTA_TABLE"
	limits   = "runs=50,workflows=50,tokens=60000"
)

func TestMain(m *testing.M) {
	address := os.Getenv(envTable)
	if address == "" {
		os.Exit(m.Run())
	}
	if err := taking(address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// taking is the main of a process: a line says what to take and how often to try, at
// once; it answers how often it got it.
func taking(address string) error {
	db, err := apart.Dial(address)
	if err != nil {
		return err
	}
	plan, err := quota.Parse(limits)
	if err != nil {
		return err
	}
	store := table.New(db, nil)
	k, ctx := quota.New(store, plan, nil), tenant.With(context.Background(), "wsp_a")
	room := k.Room(quota.Workflows)
	take := map[string]func(name string) error{
		"runs":   func(string) error { return k.TakeRun(ctx) },
		"tokens": func(string) error { _, err := k.Hold(ctx); return err },
		"workflows": func(name string) error {
			at := table.Key{PK: "WFL", SK: name}
			done, err := room.Reserve(ctx, at)
			if err != nil {
				return err
			}
			defer done()
			_, err = store.Put(ctx, table.Item{Key: at, Data: []byte("{}")}, table.Absent())
			return err
		},
	}
	return apart.Answer(func(line string) (string, error) {
		var what string
		var times int
		if _, err := fmt.Sscan(line, &what, &times); err != nil {
			return "", err
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		got, fault := 0, error(nil)
		for i := range times {
			all.Go(func() {
				err := take[what](fmt.Sprintf("%d-%03d", os.Getpid(), i))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					got++
				case apierr.CodeOf(err) != apierr.QuotaExceeded:
					fault = err
				}
			})
		}
		all.Wait()
		return strconv.Itoa(got), fault
	})
}

// TestLimiterQuotas: four processes that take at the same moment get all there is, and
// no more.
func TestLimiterQuotas(t *testing.T) {
	t.Parallel()
	if at := time.Now().UTC(); at.Truncate(24*time.Hour).Add(24*time.Hour).Sub(at) < time.Minute {
		t.Skip("the day ends within a minute, and the counts of a day with it")
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"), &sqlite.Options{SweepEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	address := apart.Serve(t, db)
	var all [4]*apart.Process
	for i := range all {
		all[i] = apart.Begin(t, envTable+"="+address)
	}
	for what, want := range map[string]int{"runs": 50, "workflows": 50, "tokens": 8} {
		for _, p := range all {
			p.Say(what, 20)
		}
		got := 0
		for _, p := range all {
			n, err := strconv.Atoi(p.Hear())
			if got += n; err != nil {
				t.Error(err)
			}
		}
		if got != want {
			t.Errorf("four processes took %d %s, want %d", got, what, want)
		}
	}
}
