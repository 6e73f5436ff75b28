package call_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
)

// TestEffectClassByFailure is the table of docs/workflow.md: what is sent again,
// and what the step becomes.
func TestEffectClassByFailure(t *testing.T) {
	t.Parallel()
	failures := map[string]http.HandlerFunc{
		"cut":       cut,
		"slow":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"400":       reply(400, `{}`),
		"404":       reply(404, `{}`),
		"408":       reply(408, `{}`),
		"429":       reply(429, `{}`),
		"429+after": reply(429, `{}`, "Retry-After", "2"),
		"500":       reply(500, `{}`),
		"502":       reply(502, `{}`),
		"503":       reply(503, `{}`),
		"503+after": reply(503, `{}`, "Retry-After", "1"),
		"504":       reply(504, `{}`),
		"half": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		},
		"not gzip": reply(200, `{}`, "Content-Encoding", "gzip"),
		"101":      reply(101, ``, "Connection", "Upgrade", "Upgrade", "chaos"),
		"circle": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		},
	}
	// Requests that arrive, and the error's name; classes that repeat make 3.
	type want struct {
		hits int
		name string
	}
	repeatable := map[string]want{"cut": {3, "Http.Network"}, "slow": {3, "Http.Timeout"}, "400": {1, "Http.400"}, "404": {1, "Http.404"},
		"408": {3, "Http.408"}, "429": {3, "Http.429"}, "429+after": {3, "Http.429"}, "500": {3, "Http.500"}, "502": {3, "Http.502"},
		"503": {3, "Http.503"}, "503+after": {3, "Http.503"}, "504": {3, "Http.504"}, "half": {3, "Http.Network"}, "not gzip": {3, "Http.Network"},
		"circle": {6, "Http.Network"}, "101": {3, "Http.Network"}}
	unsafe := map[string]want{"cut": {1, "Outcome.Unknown"}, "slow": {1, "Outcome.Unknown"}, "400": {1, "Http.400"}, "404": {1, "Http.404"},
		"408": {1, "Http.408"}, "429": {3, "Http.429"}, "429+after": {3, "Http.429"}, "500": {1, "Outcome.Unknown"}, "502": {1, "Outcome.Unknown"},
		"503": {1, "Outcome.Unknown"}, "503+after": {3, "Http.503"}, "504": {1, "Outcome.Unknown"}, "half": {1, "Outcome.Unknown"},
		"not gzip": {1, "Outcome.Unknown"}, "circle": {2, "Outcome.Unknown"}, "101": {1, "Outcome.Unknown"}}
	for _, operation := range []string{"list", "replace", "keyed", "create"} {
		for name, h := range failures {
			t.Run(operation+" "+name, func(t *testing.T) {
				t.Parallel()
				a := newAPI(t, h)
				k := newKit(t, a.URL, func(k *kit) {
					k.opts.Attempts = 3
					if name == "slow" {
						k.opts.Timeout = 400 * time.Millisecond
					}
				})
				w := repeatable[name]
				if operation == "create" {
					w = unsafe[name]
				}
				_, got := k.handle(k.task(operation))
				if got != w.name || a.count() != w.hits {
					t.Fatalf("%s after %d requests, want %s after %d", got, a.count(), w.name, w.hits)
				}
				if operation == "keyed" {
					first := a.hit(0).Header.Get("Idempotency-Key")
					for i := range a.count() {
						if got := a.hit(i).Header.Get("Idempotency-Key"); got != first || got == "" {
							t.Errorf("request %d has key %q, the first %q", i, got, first)
						}
					}
				}
				before := a.count()
				k.restart()
				if _, again := k.handle(k.task(operation)); operation == "create" && w.name == "Outcome.Unknown" {
					if again != "Outcome.Unknown" || a.count() != before {
						t.Errorf("invoked again: %s, %d more requests", again, a.count()-before)
					}
				}
				s := k.steps()[0]
				if s.Attempt != len(s.Attempts) || s.Error == nil || s.Request == nil {
					t.Errorf("journal: %+v", s)
				}
			})
		}
	}
}

func TestRefusedConnectionIsRetriedForEveryClass(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	for _, operation := range []string{"list", "replace", "keyed", "create"} {
		k := newKit(t, "http://"+address, nil)
		if _, name := k.handle(k.task(operation)); name != "Http.Network" {
			t.Errorf("%s: %s", operation, name)
		}
		s := k.steps()[0]
		if s.Attempt != 4 || s.Status != call.StatusFailed || s.Effect != call.EffectNone {
			t.Errorf("%s: %+v", operation, s)
		}
	}
}

func TestTLSFailureNeverReachesThePeer(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{}`)) // speaks no TLS
	k := newKit(t, strings.Replace(a.URL, "http://", "https://", 1), nil)
	if _, name := k.handle(k.task("create")); name != "Http.Network" {
		t.Fatal(name)
	}
	if s := k.steps()[0]; s.Attempt != 4 || s.Effect != call.EffectNone {
		t.Errorf("%+v", s)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]func() string{
		"seconds": func() string { return "3" },
		"date":    func() string { return time.Now().Add(3500 * time.Millisecond).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a *api
			a = newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if a.count() == 1 {
					reply(429, `{}`, "Retry-After", after())(w, r)
					return
				}
				reply(201, `{"id":1}`)(w, r)
			})
			k := newKit(t, a.URL, nil)
			r, failed := k.handle(k.task("create"))
			if failed != "" || r.Attempts != 2 || a.count() != 2 {
				t.Fatalf("%+v %s", r, failed)
			}
			if len(k.slept) == 0 || k.slept[0] < 2*time.Second || k.slept[0] > 6*time.Second {
				t.Errorf("waited %v", k.slept)
			}
		})
	}
}

func TestLongRetryAfterIsLeftToTheEngineAndHoldsForAllRuns(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(429, `{}`, "Retry-After", "600"))
	k := newKit(t, a.URL, nil)
	if _, name := k.handle(k.task("list")); name != "Http.429" || a.count() != 1 {
		t.Fatalf("%s after %d", name, a.count())
	}
	other := k.task("list")
	other.Path = "other"
	if _, name := k.handle(other); name != "Http.429" || a.count() != 1 {
		t.Errorf("%s after %d: the connection's budget is shared", name, a.count())
	}
	k.mu.Lock()
	k.ahead += 11 * time.Minute
	k.mu.Unlock()
	if k.handle(other); a.count() != 2 {
		t.Errorf("%d requests after the wait", a.count())
	}
}

func TestBreakerOpensWithinTenFailures(t *testing.T) {
	t.Parallel()
	var healed atomic.Bool
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if !healed.Load() {
			cut(w, r)
			return
		}
		reply(200, `{"ok":true}`)(w, r)
	})
	k := newKit(t, a.URL, func(k *kit) { k.opts.Attempts = 1; k.opts.Budget = time.Millisecond; k.opts.BackoffBase = 1 })
	for i := range 30 {
		task := k.task("list")
		task.Path = fmt.Sprint(i)
		if _, name := k.handle(task); name != "Http.Network" {
			t.Fatal(name)
		}
	}
	if n := a.count(); n > 10 {
		t.Fatalf("%d requests reached a dead API", n)
	}
	k.mu.Lock()
	k.ahead += time.Minute
	k.mu.Unlock()
	healed.Store(true)
	if _, name := k.handle(k.task("list")); name != "" {
		t.Errorf("the probe failed: %s", name)
	}
}

// TestNotAskedAgain: a step that was sent, and then kept away by the circuit, does
// not read as if nothing had been sent.
func TestNotAskedAgain(t *testing.T) {
	t.Parallel()
	a := newAPI(t, cut)
	k := newKit(t, a.URL, func(k *kit) { k.opts.Peer = call.PeerOptions{OpenAfter: 1, OpenFor: time.Hour} })
	for _, c := range []struct{ path, cause string }{{"first", "it was not asked again."}, {"second", "nothing was sent."}} {
		task := k.task("replace")
		task.Path = c.path
		payload, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.svc.Handle(k.ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: task.Execution})
		var failed *execution.TaskError
		if !errors.As(err, &failed) || failed.Name != "Http.Network" || !strings.HasSuffix(failed.Cause, c.cause) {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	if a.count() != 1 {
		t.Errorf("%d requests", a.count())
	}
}

func TestBoundedWhateverThePeerDoes(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	stalled := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"a":`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"endless body":   {endless, "Output.TooLarge"},
		"gzip bomb":      {bomb("gzip"), "Output.TooLarge"},
		"brotli bomb":    {bomb("br"), "Output.TooLarge"},
		"gzip in gzip":   {bomb("gzip, gzip, gzip"), "Http.Network"},
		"stalled body":   {stalled, "Http.Timeout"},
		"endless header": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }, "Http.Network"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, c.h)
			k := newKit(t, a.URL, func(k *kit) {
				if k.opts.MaxBody, k.opts.Attempts = 1<<20, 1; name == "stalled body" {
					k.opts.IdleTimeout = 100 * time.Millisecond
				}
			})
			if _, got := k.handle(k.task("list")); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if kept := k.steps()[0].Response; c.want == "Output.TooLarge" && (!kept.Cut || kept.Bytes > 64<<10 || kept.Blob != "") {
				t.Errorf("%d bytes kept of an answer that is too large, cut %v", kept.Bytes, kept.Cut)
			}
		})
	}
}

func TestPaginationCannotRunForEver(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true,"items":[1,2]}`))
	k := newKit(t, a.URL, nil)
	task := k.task("list")
	task.Paginate = &call.Paginate{Items: "$response.body.items", MaxItems: 1000}
	r, failed := k.handle(task)
	if failed != "" || a.count() != 2 {
		t.Fatalf("%s after %d requests", failed, a.count())
	}
	equalJSON(t, r.Value, `[1,2]`)
	var list []json.RawMessage
	if json.Unmarshal(r.Value, &list) != nil || len(list) != 2 {
		t.Error("not a list")
	}
}

func TestUsedUpQuotaHoldsForAllRuns(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true}`, "X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "600"))
	k := newKit(t, a.URL, nil)
	if _, name := k.handle(k.task("list")); name != "" {
		t.Fatal(name)
	}
	other := k.task("me")
	other.Path = "other"
	if _, name := k.handle(other); name != "Http.429" || a.count() != 1 {
		t.Errorf("%s after %d requests: nothing is left, and that is known", name, a.count())
	}
	if k.seen == nil || len(k.seen.Quotas) != 1 || k.seen.Quotas[0].Limit != 100 || k.seen.Quotas[0].Remaining != 0 {
		t.Errorf("noted: %+v", k.seen)
	}
	k.conn.Limits = k.seen // as another process reads it
	k.restart()
	if _, name := k.handle(other); name != "Http.429" || a.count() != 1 {
		t.Errorf("%s after %d requests: another process has noted that nothing is left", name, a.count())
	}
	k.mu.Lock()
	k.ahead += 11 * time.Minute
	k.mu.Unlock()
	if k.handle(other); a.count() != 2 {
		t.Errorf("%d requests after the wait", a.count())
	}
}

// TestLimitSaidWith403 has the forms that GitHub documents; the last is a plain refusal.
func TestLimitSaidWith403(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		h      http.HandlerFunc
		hits   int
		failed string
		waited time.Duration
	}{
		"retry after":  {reply(403, `{}`, "Retry-After", "3"), 4, "Http.429", 9 * time.Second},
		"in words":     {reply(403, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`), 1, "Http.429", 0},
		"nothing left": {reply(403, `{}`, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "3600"), 1, "Http.429", 0},
		"forbidden":    {reply(403, `{"message":"Forbidden"}`, "X-RateLimit-Remaining", "10", "X-RateLimit-Reset", "60"), 1, "Http.403", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, c.h)
			k := newKit(t, a.URL, func(k *kit) { k.opts.BackoffBase = time.Nanosecond })
			_, failed := k.handle(k.task("create"))
			var waited time.Duration
			for _, d := range k.slept {
				waited += d
			}
			if failed != c.failed || a.count() != c.hits || waited.Round(time.Second) != c.waited {
				t.Errorf("%s after %d requests and %v", failed, a.count(), waited)
			}
			if s := k.steps()[0]; s.Effect != call.EffectNone {
				t.Errorf("effect %s", s.Effect)
			}
		})
	}
}
