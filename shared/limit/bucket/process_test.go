package bucket_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/table/tabletest/apart"
)

// A process gets the table by the environment: where one is served, or DynamoDB Local's
// endpoint and the table's name. A line tells it the time, the rate, the burst and how
// often to ask at once; it answers how many it got.
const (
	envServed   = "APIQ_LIMITER_SERVED"
	envEndpoint = "APIQ_LIMITER_ENDPOINT"
	envTable    = "APIQ_LIMITER_TABLE"
)

func TestMain(m *testing.M) {
	var db table.Driver
	switch served, endpoint := os.Getenv(envServed), os.Getenv(envEndpoint); {
	case served != "":
		var err error
		if db, err = apart.Dial(served); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case endpoint != "":
		db = dynamo.New(dynamodb.Client(endpoint), os.Getenv(envTable), nil)
	default:
		os.Exit(m.Run())
	}
	if err := limiting(db); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// limiting is the main of a process.
func limiting(db table.Driver) error {
	c := &clock{}
	l, err := bucket.New(table.New(db, &table.Options{Now: c.now}), &bucket.Options{Now: c.now, Patience: 30 * time.Second})
	if err != nil {
		return err
	}
	return apart.Answer(func(line string) (string, error) {
		var at int64
		var perMinute, burst, asks int
		if _, err := fmt.Sscan(line, &at, &perMinute, &burst, &asks); err != nil {
			return "", err
		}
		c.at.Store(at)
		got := 0
		for range asks {
			ok, _, err := l.Allow(context.Background(), "k", perMinute, burst)
			if err != nil {
				return "", err
			}
			if ok {
				got++
			}
		}
		return strconv.Itoa(got), nil
	})
}

// pressed has four processes ask at the same moments for a minute, each for far more
// than there is, and counts what they get together.
func pressed(t *testing.T, perMinute int, step time.Duration, env ...string) {
	t.Helper()
	const processes = 4
	burst := max(1, perMinute/4)
	var all [processes]*apart.Process
	for i := range all {
		all[i] = apart.Begin(t, env...)
	}
	var now clock
	// A round is at one moment for all; asks are each one's.
	round := func(asks int) (got int) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, p := range all {
			wg.Go(func() {
				p.Say(now.at.Load(), perMinute, burst, asks)
				n, err := strconv.Atoi(p.Hear())
				mu.Lock()
				defer mu.Unlock()
				if got += n; err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return got
	}
	first := 0
	for n := -1; n != 0; first += max(0, n) { // the burst is spent first
		n = round(burst/2 + 1)
	}
	if first != burst {
		t.Errorf("%d at once, want the burst of %d", first, burst)
	}
	now.pass(time.Minute / time.Duration(perMinute) / 2) // between two tokens
	taken := 0
	for range int(time.Minute / step) {
		now.pass(step)
		taken += round(max(2, 2*perMinute*int(step/time.Millisecond)/60_000))
	}
	t.Logf("%d a minute: four processes got %d (%+.2f %%)", perMinute, taken, 100*float64(taken-perMinute)/float64(perMinute))
	if taken*100 < perMinute*98 || taken*100 > perMinute*101 {
		t.Errorf("%d in a minute, want %d: 2 %% less to 1 %% more at most", taken, perMinute)
	}
}

// TestLimiterProcesses: over a minute four processes that share a table get the rate of
// one bucket, within 2 % and never 1 % more.
func TestLimiterProcesses(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{60, 300, 1200} {
		t.Run(strconv.Itoa(perMinute), func(t *testing.T) {
			t.Parallel()
			db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "table.db"), &sqlite.Options{SweepEvery: -1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			pressed(t, perMinute, 100*time.Millisecond, envServed+"="+apart.Serve(t, db))
		})
	}
}

// TestLimiterProcessesDynamoDB is the same where the processes race on the real wire.
func TestLimiterProcessesDynamoDB(t *testing.T) {
	t.Parallel()
	endpoint := dynamodb.Start(t)
	pressed(t, 300, 200*time.Millisecond, envEndpoint+"="+endpoint, envTable+"="+dynamodb.Table(t, endpoint))
}
