package call_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
)

func withSettings(s connection.Settings) func(*kit) { return func(k *kit) { k.conn.Settings = s } }

func keyIn(header string) connection.Settings {
	return connection.Settings{IdempotencyKey: &connection.KeySetting{Header: header}}
}

// TestKeyBySettings: an API that takes keys without saying so is repeated with one.
func TestKeyBySettings(t *testing.T) {
	t.Parallel()
	for operation, header := range map[string]string{"create": "X-Request-Key", "keyed": "Idempotency-Key", "list": "", "replace": ""} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			var a *api
			a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if a.count() == 1 {
					cut(w, r)
					return
				}
				reply(200, `{"ok":true}`)(w, r)
			})
			k := newKit(t, a.URL, withSettings(keyIn("X-Request-Key")))
			if operation == "keyed" {
				k.conn.Settings = keyIn("idempotency-key") // as it is declared, in another case
			}
			if _, failed := k.handle(k.task(operation)); failed != "" || a.count() != 2 {
				t.Fatalf("%q after %d requests", failed, a.count())
			}
			first, second := a.hit(0).Header, a.hit(1).Header
			if got := first.Get(header); header != "" && (got == "" || got != second.Get(header) || len(first.Values(header)) != 1) {
				t.Errorf("keys %q and %q", got, second.Get(header))
			}
			if header == "" && first.Get("X-Request-Key") != "" {
				t.Error("a call that needs no key has one")
			}
		})
	}
}

// TestKeyTakenAway: what was sent with a key is not sent again without.
func TestKeyTakenAway(t *testing.T) {
	t.Parallel()
	var k *kit
	var found table.Item
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		item, err := k.store.Get(k.ctx, table.Key{PK: "EXE#" + run, SK: "CALL#s"})
		if err != nil {
			t.Error(err)
		}
		found = item
		reply(200, `{"ok":true}`)(w, r)
	})
	k = newKit(t, a.URL, withSettings(keyIn("X-Request-Key")))
	k.handle(k.task("create"))
	if _, err := k.store.Put(k.ctx, found, table.Always()); err != nil { // as a crash while it is sent leaves it
		t.Fatal(err)
	}
	k.conn.Settings = connection.Settings{}
	if _, name := k.handle(k.task("create")); name != call.ErrOutcomeUnknown || a.count() != 1 {
		t.Errorf("%q after %d requests", name, a.count())
	}
	if s := k.steps()[0]; s.Status != call.StatusUnknown {
		t.Errorf("%+v", s)
	}
}

// TestDeclaredPace: with two requests a second, each waits for half a second after the one before.
func TestDeclaredPace(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true}`))
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.Settings.RequestsPerSecond = 2
		k.opts.Now = func() time.Time { k.mu.Lock(); defer k.mu.Unlock(); return start.Add(k.ahead) }
	})
	for i := range 4 {
		task := k.task("list")
		task.Path = fmt.Sprint(i)
		if _, failed := k.handle(task); failed != "" {
			t.Fatal(failed)
		}
	}
	if len(k.slept) != 3 || k.slept[0] != 500*time.Millisecond || k.ahead != 1500*time.Millisecond {
		t.Errorf("waited %v", k.slept)
	}
}

// TestBulkhead: more than may be under way wait, and are not refused.
func TestBulkhead(t *testing.T) {
	t.Parallel()
	var now, peak, over atomic.Int64
	full := make(chan struct{})
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		if n == 2 && peak.CompareAndSwap(0, 2) {
			close(full)
		} else if n > 2 {
			over.Add(1)
		}
		<-full
		reply(200, `{"ok":true}`)(w, r)
	})
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.Settings.MaxInFlight = 2
		k.opts.Budget = time.Millisecond // which waiting for a place does not spend
	})
	var calls sync.WaitGroup
	for i := range 12 {
		task := k.task("list")
		task.Path = fmt.Sprint(i)
		payload, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		calls.Go(func() {
			if _, err := k.svc.Handle(k.ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: run}); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	if peak.Load() != 2 || over.Load() != 0 || a.count() != 12 {
		t.Errorf("peak %d, over %d times, %d requests", peak.Load(), over.Load(), a.count())
	}
}

// TestExpiredIsFoundByTest: a test of the connection goes by the same rule.
func TestExpiredIsFoundByTest(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{`{"error":"token_expired"}`: "CREDENTIALS_INVALID", `{"ok":true}`: ""} {
		a := newAPI(t, reply(200, body))
		k := newKit(t, a.URL, withSettings(connection.Settings{ExpiredWhen: "{% $response.body.error = 'token_expired' %}"}))
		got, err := k.svc.Test(k.ctx, "con_1")
		if err != nil || string(got.Code) != code || got.OK != (code == "") {
			t.Errorf("%s: %+v %v", body, got, err)
		}
	}
}

// TestExpiredWhen: an answer that says that the credential has expired asks to connect again,
// whatever its status, and had no effect.
func TestExpiredWhen(t *testing.T) {
	t.Parallel()
	const when = "{% $response.status = 403 and $response.headers.`x-auth` = 'stale' or $response.body.error = 'token_expired' %}"
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"in the body of a 200":  {reply(200, `{"error":"token_expired"}`), "Auth.Reauthorize"},
		"in the body of a 500":  {reply(500, `{"error":"token_expired"}`), "Auth.Reauthorize"},
		"by header":             {reply(403, `{}`, "X-Auth", "stale"), "Auth.Reauthorize"},
		"a plain refusal":       {reply(403, `{"error":"forbidden"}`), "Http.403"},
		"a success":             {reply(200, `{"ok":true}`), ""},
		"nothing to look into":  {reply(204, ``), ""},
		"another kind of value": {reply(200, `[1,2]`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, c.h)
			k := newKit(t, a.URL, withSettings(connection.Settings{ExpiredWhen: when}))
			task := k.task("create")
			task.Success = "$response.status < 500"
			if c.want == "Http.403" {
				task.Success = ""
			}
			if _, got := k.handle(task); got != c.want || a.count() != 1 {
				t.Errorf("%q after %d requests", got, a.count())
			}
			if s := k.steps()[0]; c.want == "Auth.Reauthorize" && (s.Effect != call.EffectNone || s.Status != call.StatusFailed) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestOneBudgetForAllRuns: once the API has told its limit, runs that go on at the same time
// keep to it together, window after window.
func TestOneBudgetForAllRuns(t *testing.T) {
	t.Parallel()
	const limit, calls = 10, 45
	const window = time.Minute
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var k *kit
	now := func() time.Time { k.mu.Lock(); defer k.mu.Unlock(); return start.Add(k.ahead) }
	var mu sync.Mutex
	var ends time.Time
	used, refused, windows := 0, 0, 0
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		at := now()
		if !at.Before(ends) {
			ends, used, windows = at.Add(window), 0, windows+1
		}
		used++
		left, reset, over := max(limit-used, 0), ends.UnixMilli(), used > limit
		if over {
			refused++
		}
		mu.Unlock()
		status := 200
		if over {
			status = 429
		}
		reply(status, `{"ok":true}`, "X-RateLimit-Limit", fmt.Sprint(limit), "X-RateLimit-Remaining", fmt.Sprint(left), "X-RateLimit-Reset", fmt.Sprint(reset))(w, r)
	})
	k = newKit(t, a.URL, func(kk *kit) {
		k = kk
		k.conn.Settings.MaxInFlight = 4
		k.opts.Now, k.opts.Budget = now, time.Hour
	})
	var all sync.WaitGroup
	for i := range calls {
		task := k.task([]string{"list", "me"}[i%2])
		task.Path = fmt.Sprint(i)
		payload, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if _, err := k.svc.Handle(k.ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: run}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused != 0 || a.count() != calls || windows < calls/limit {
		t.Errorf("%d of %d requests were refused, in %d windows", refused, a.count(), windows)
	}
}
