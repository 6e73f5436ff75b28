package grant_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/grant"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/sqlite"
	"github.com/apiq/apiq/shared/table/tabletest/apart"
	"github.com/apiq/apiq/shared/tenant"
)

// A child is this test binary again, as another process over the same table. It gets
// what it needs by the environment, and on its input a line for each round: the time,
// the serial that was refused, how many ask. It answers with a line: how many got
// which serial, or the first error.
const (
	envChild      = "APIQ_GRANT_CHILD" // the folder with the key, and the table where no endpoint is given
	envEndpoint   = "APIQ_GRANT_ENDPOINT"
	envTable      = "APIQ_GRANT_TABLE"
	envConnection = "APIQ_GRANT_CONNECTION"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envChild); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(dir string) error {
	ctx := tenant.WithActor(tenant.With(context.Background(), "wsp_a"), tenant.Actor{ID: "system"})
	var db table.Driver
	if endpoint := os.Getenv(envEndpoint); endpoint != "" {
		db = dynamo.New(dynamodb.Client(endpoint), os.Getenv(envTable), nil)
	} else {
		file, err := sqlite.Open(ctx, filepath.Join(dir, "apiq.db"), nil)
		if err != nil {
			return err
		}
		defer file.Close()
		db = file
	}
	h, err := assemble(db, dir, grant.Options{Sleep: briefly})
	if err != nil {
		return err
	}
	return apart.Answer(func(line string) (string, error) {
		var at, refused int64
		var workers int
		if _, err := fmt.Sscan(line, &at, &refused, &workers); err != nil {
			return "", err
		}
		h.clock.Set(time.Unix(0, at).UTC())
		con, err := h.cons.Get(ctx, os.Getenv(envConnection))
		if err != nil {
			return "", err
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		serials := map[int64]int{}
		var failed error
		for range workers {
			all.Go(func() {
				k, err := h.Token(ctx, con, refused)
				mu.Lock()
				defer mu.Unlock()
				serials[k.Serial]++
				failed = errors.Join(failed, err)
			})
		}
		all.Wait()
		if failed != nil {
			return fmt.Sprintf("error %s %s", apierr.CodeOf(failed), failed), nil
		}
		return fmt.Sprint(serials), nil
	})
}

// ask gives a child one round.
func ask(p *apart.Process, at time.Time, refused int64, workers int) {
	p.Say(at.UnixNano(), refused, workers)
}

// TestRefreshRaceProcesses: 100 workers in two processes, 50 rounds, one call for a
// token each.
func TestRefreshRaceProcesses(t *testing.T) {
	endpoint := dynamodb.Start(t)
	name := dynamodb.Table(t, endpoint)
	dir := t.TempDir()
	h, err := assemble(dynamo.New(dynamodb.Client(endpoint), name, nil), dir, grant.Options{})
	check(t, err)
	t.Cleanup(h.cons.Close)
	p, ctx := newProvider(t), in(t, "wsp_a")
	c := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, c.ID)
	var children []*apart.Process
	for range 2 {
		children = append(children, apart.Begin(t, envChild+"="+dir, envEndpoint+"="+endpoint, envTable+"="+name, envConnection+"="+c.ID))
	}
	const rounds = 50
	for round := range rounds {
		refused := int64(0)
		h.clock.Pass(time.Hour)
		if round%2 == 1 { // valid by the clock, but the API has said no
			h.clock.Pass(-time.Hour + 2*time.Minute)
			refused = int64(round) + 1
		}
		for _, k := range children {
			ask(k, h.clock.Now(), refused, 50)
		}
		for _, k := range children {
			if got, want := k.Hear(), fmt.Sprint(map[int64]int{int64(round) + 2: 50}); got != want {
				t.Fatalf("round %d: %s, want %s", round, got, want)
			}
		}
		if n := p.count("refresh_token"); n != round+1 {
			t.Fatalf("round %d: %d calls for a token", round, n)
		}
	}
	if p.dead {
		t.Error("a refresh token was used twice")
	}
}

// TestKilledWhileRenewing kills -9 a process that renews a token, again and again: before
// the provider has seen to it, and after it has rotated. No grant is lost where the
// provider takes the last token again for a while; where it does not, it is said.
func TestKilledWhileRenewing(t *testing.T) {
	t.Parallel()
	const kills = 12
	h := newHome(t, grant.Options{})
	p, ctx := newProvider(t), in(t, "wsp_a")
	p.grace = true
	c := h.connect(t, ctx, p, nil)
	h.consent(t, ctx, p, c.ID)
	at, db := h.clock.Now(), h.db
	check(t, db.Close()) // the folder is the child's now
	start := func() *apart.Process { return apart.Begin(t, envChild+"="+h.path, envConnection+"="+c.ID) }
	for n := range kills {
		at = at.Add(2 * time.Hour)
		victim := start()
		dead := make(chan struct{})
		arrived := make(chan struct{})
		p.fail(func(w http.ResponseWriter, r *http.Request) {
			if n%2 == 1 { // the provider does its part; nobody will hear of it
				p.mu.Lock()
				p.granted("refresh_token", r.PostForm, "")
				p.mu.Unlock()
			}
			close(arrived)
			<-dead
			panic(http.ErrAbortHandler)
		})
		ask(victim, at, 0, 3)
		<-arrived
		victim.Kill()
		close(dead)
		next := start()
		at = at.Add(time.Minute) // the dead one's lease is over
		ask(next, at, 0, 3)
		if got, want := next.Hear(), fmt.Sprint(map[int64]int{int64(n) + 2: 3}); got != want {
			t.Fatalf("kill %d: %s, want %s", n, got, want)
		}
		next.Kill()
	}
	p.mu.Lock()
	p.grace = false
	p.mu.Unlock()
	at = at.Add(2 * time.Hour)
	victim, arrived, dead := start(), make(chan struct{}), make(chan struct{})
	p.fail(func(_ http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.granted("refresh_token", r.PostForm, "")
		p.mu.Unlock()
		close(arrived)
		<-dead
		panic(http.ErrAbortHandler)
	})
	ask(victim, at, 0, 1)
	<-arrived
	victim.Kill()
	close(dead)
	last := start()
	ask(last, at.Add(time.Minute), 0, 1)
	if got := last.Hear(); !strings.HasPrefix(got, "error "+string(apierr.Reauthorize)) || !strings.Contains(got, "interrupted") {
		t.Error(got)
	}
	if n := strconv.Itoa(p.asked["refresh_token"]); n != strconv.Itoa(2*kills+2) {
		t.Errorf("the provider was asked %s times", n)
	}
}
