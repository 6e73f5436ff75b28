package call_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func code(err error) string { return string(apierr.CodeOf(err)) }

func TestFinishedStepIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(201, `{"ok":true,"id":7}`))
	for _, operation := range []string{"list", "create", "keyed", "replace"} {
		k := newKit(t, a.URL, nil)
		task := k.task(operation)
		task.Output = json.RawMessage(`"$response.body.id"`)
		before := a.count()
		first, failed := k.handle(task)
		k.restart()
		second, _ := k.handle(task)
		if failed != "" || string(first.Value) != "7" || string(second.Value) != "7" || second.Status != 201 || a.count() != before+1 {
			t.Errorf("%s: %+v, then %+v, %d requests", operation, first, second, a.count()-before)
		}
	}
}

// TestCrashWhileSending plays a process that dies between the journal's two
// writes: the attempt is durable, its end is not.
func TestCrashWhileSending(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]struct {
		name string
		hits int
	}{"list": {"", 2}, "replace": {"", 2}, "keyed": {"", 2}, "create": {call.ErrOutcomeUnknown, 1}} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			var k *kit
			var crashed atomic.Bool
			var found table.Item
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if crashed.CompareAndSwap(false, true) {
					// What the journal holds now is what a new process will find.
					item, err := k.store.Get(k.ctx, table.Key{PK: "EXE#" + run, SK: "CALL#s"})
					if err != nil || !strings.Contains(string(item.Data), `"SENDING"`) {
						t.Errorf("the attempt was not durable before the request: %v", err)
					}
					found = item
				}
				reply(200, `{"ok":true}`)(w, r)
			})
			k = newKit(t, a.URL, nil)
			k.handle(k.task(operation))
			if _, err := k.store.Put(k.ctx, found, table.Always()); err != nil {
				t.Fatal(err)
			}
			k.restart()
			_, name := k.handle(k.task(operation))
			if name != want.name || a.count() != want.hits {
				t.Fatalf("%q after %d requests", name, a.count())
			}
			if operation == "keyed" && a.hit(0).Header.Get("Idempotency-Key") != a.hit(1).Header.Get("Idempotency-Key") {
				t.Error("the key changed")
			}
			s := k.steps()[0]
			if !s.Attempts[0].Interrupted || !s.Attempts[0].EndedAt.IsZero() {
				t.Errorf("%+v", s.Attempts[0])
			}
		})
	}
}

func TestUnknownOutcomeIsResolvedByAPerson(t *testing.T) {
	t.Parallel()
	var bad atomic.Bool
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if bad.Load() {
			cut(w, r)
			return
		}
		reply(201, `{"id":1}`)(w, r)
	})
	fresh := func() *kit {
		bad.Store(true)
		k := newKit(t, a.URL, nil)
		if _, name := k.handle(k.task("create")); name != call.ErrOutcomeUnknown {
			t.Fatal(name)
		}
		return k
	}
	k := fresh()
	for _, c := range []struct{ path, decision, output, want string }{
		{"none", "retry", "", "NOT_FOUND"}, {"s", "maybe", "", "VALIDATION_FAILED"}, {"s", "done", "{", "VALIDATION_FAILED"},
	} {
		if err := k.svc.ResolveUnknown(k.ctx, run, c.path, c.decision, json.RawMessage(c.output)); code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := k.svc.ResolveUnknown(tenant.With(t.Context(), "wsp_other"), run, "s", "done", nil); code(err) != "NOT_FOUND" {
		t.Errorf("another workspace: %v", err)
	}
	bad.Store(false)
	ctx := tenant.WithActor(k.ctx, tenant.Actor{ID: "usr_1"})
	if err := errors.Join(k.svc.ResolveUnknown(ctx, run, "s", "retry", nil), k.svc.ResolveUnknown(ctx, run, "s", "retry", nil)); err != nil {
		t.Fatal(err)
	}
	if s := k.steps()[0]; s.Resolution == nil || s.Resolution.By != "usr_1" {
		t.Errorf("%+v", s)
	}
	if r, name := k.handle(k.task("create")); name != "" || r.Attempts != 2 {
		t.Errorf("after retry: %s %+v", name, r)
	}
	if err := k.svc.ResolveUnknown(ctx, run, "s", "fail", nil); code(err) != "CONFLICT" {
		t.Errorf("a finished step was resolved: %v", err)
	}

	k = fresh()
	if err := k.svc.ResolveUnknown(k.ctx, run, "s", "done", json.RawMessage(`{"id":9}`)); err != nil {
		t.Fatal(err)
	}
	before := a.count()
	if r, name := k.handle(k.task("create")); name != "" || string(r.Value) != `{"id":9}` || a.count() != before {
		t.Errorf("after done: %s %+v", name, r)
	}

	k = fresh()
	if err := k.svc.ResolveUnknown(k.ctx, run, "s", "fail", nil); err != nil {
		t.Fatal(err)
	}
	if s := k.steps()[0]; s.Status != call.StatusFailed {
		t.Errorf("%+v", s)
	}
	// The engine may ask by itself when the run is continued: the journal then takes another answer.
	if err := k.svc.ResolveUnknown(k.ctx, run, "s", "done", json.RawMessage(`{"id":8}`)); err != nil {
		t.Fatal(err)
	}
	if r, name := k.handle(k.task("create")); name != "" || string(r.Value) != `{"id":8}` {
		t.Errorf("done after fail: %s %+v", name, r)
	}

	k = fresh()
	if err := k.svc.ResolveUnknown(k.ctx, run, "s", "fail", nil); err != nil {
		t.Fatal(err)
	}
	// Or the step is called again: the question comes back, the request does not.
	before = a.count()
	if _, name := k.handle(k.task("create")); name != call.ErrOutcomeUnknown || a.count() != before || k.steps()[0].Status != call.StatusUnknown {
		t.Errorf("after fail: %s", name)
	}
}

func TestCancelledRunSendsNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{}`))
	k := newKit(t, a.URL, nil)
	payload, _ := json.Marshal(k.task("create"))
	ctx, cancel := context.WithCancel(k.ctx)
	cancel()
	if _, err := k.svc.Handle(ctx, execution.Task{Payload: payload, Run: run}); !errors.Is(err, context.Canceled) || a.count() != 0 {
		t.Errorf("%v, %d requests", err, a.count())
	}
}

func TestUnsafeRequestInFlightIsNotCut(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		reply(201, `{"id":1}`)(w, r)
	})
	k := newKit(t, a.URL, nil)
	payload, _ := json.Marshal(k.task("create"))
	if _, err := k.svc.Handle(tenant.With(ctx, workspace), execution.Task{Payload: payload, Run: run}); err != nil {
		t.Fatal(err)
	}
	if s := k.steps()[0]; s.Status != call.StatusSucceeded {
		t.Errorf("%+v", s)
	}
}

func TestForeignPayloadIsRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{}`))
	k := newKit(t, a.URL, nil)
	for _, change := range []func(*call.Task){
		func(t *call.Task) { t.Workspace = "wsp_other" }, func(t *call.Task) { t.Path = "" }, func(t *call.Task) { t.Connection = "con_none" },
		func(t *call.Task) { t.Operation = "none" }, func(t *call.Task) { t.SpecHash = "sha256:none" },
	} {
		task := k.task("list")
		change(&task)
		if _, name := k.handle(task); name != "States.TaskFailed" {
			t.Errorf("%+v: %s", task, name)
		}
	}
	payload, _ := json.Marshal(k.task("list"))
	if _, err := k.svc.Handle(k.ctx, execution.Task{Payload: payload, Run: "exe_other"}); err == nil {
		t.Error("another run's payload")
	}
	if _, err := k.svc.Handle(t.Context(), execution.Task{Payload: payload, Run: run}); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("no workspace: %v", err)
	}
	if a.count() != 0 {
		t.Errorf("%d requests left", a.count())
	}
}

func TestConcurrentInvocationsOfAnUnsafeStepSendOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(201, `{"id":1}`))
	k := newKit(t, a.URL, nil)
	payload, _ := json.Marshal(k.task("create"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { _, _ = k.svc.Handle(k.ctx, execution.Task{Payload: payload, Run: run}) })
	}
	wg.Wait()
	if a.count() != 1 {
		t.Errorf("%d requests", a.count())
	}
	if r, name := k.handle(k.task("create")); name != "" || string(r.Value) != `{"id":1}` {
		t.Errorf("the true end was lost: %s %+v", name, r)
	}
}

const canary = `cAn4ry/+"secret"&value=%~é`

// TestCanary sends a secret of each kind to an API that gives it back in every
// form, and looks for it in everything that is kept or shown.
func TestCanary(t *testing.T) {
	t.Parallel()
	for name, cred := range map[string]connection.Credential{
		"bearer":     {Type: connection.AuthBearer, Token: secret.New(strings.ReplaceAll(canary, "é", ""))},
		"basic":      {Type: connection.AuthBasic, Username: "u", Password: secret.New(canary)},
		"key":        {Type: connection.AuthAPIKey, In: "header", Name: "X-Key", Value: secret.New(canary)},
		"query key":  {Type: connection.AuthAPIKey, In: "query", Name: "k", Value: secret.New(canary)},
		"custom":     {Type: connection.AuthCustom, Headers: map[string]secret.Secret{"X-A": secret.New("Token " + canary)}},
		"custom url": {Type: connection.AuthCustom, Query: map[string]secret.Secret{"zz": secret.New(canary)}},
		"AWS":        {Type: connection.AuthAWS, AWS: sign.AWS{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret.New(canary), Region: "eu-central-1", Service: "s3"}},
		"HMAC":       {Type: connection.AuthHMAC, Secret: secret.New(canary), Scheme: sign.Scheme{Template: "{body}", Name: "X-Sign"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := canary
			if name == "bearer" {
				plain = cred.Token.Reveal()
			}
			leaks := formsOf(plain)
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Echo", url.QueryEscape(plain))
				w.Header().Set("Link", "<http://x.example/?z="+url.QueryEscape(plain)+`>; rel="prev"`)
				w.Header().Set("Content-Type", "application/json")
				body, _ := json.Marshal(map[string]any{"ok": true, "forms": leaks, "url": r.URL.String(), "headers": r.Header, plain: 1,
					"basic": base64.StdEncoding.EncodeToString([]byte("someone:" + plain + ":tail")), "long": strings.Repeat(plain+" ", 15000)})
				_, _ = w.Write(body)
			})
			var logs bytes.Buffer
			k := newKit(t, a.URL, func(k *kit) { k.cred, k.conn.AuthType = cred, cred.Type; k.opts.Log = logger(&logs) })
			task := k.task("list")
			task.Output = json.RawMessage(`"{'f': $response.body.forms, 'b': $response.body.basic, 'h': $response.headers, 'u': $response.body.url, 'r': $response.body.headers}"`)
			r, failed := k.handle(task)
			if failed != "" {
				t.Fatal(failed)
			}
			tried, err := k.svc.Try(k.ctx, "con_1", "list", call.TryInput{})
			if err != nil {
				t.Fatal(err)
			}
			tested, err := k.svc.Test(k.ctx, "con_1")
			if err != nil {
				t.Fatal(err)
			}
			everything, _ := json.Marshal([]any{r, tried, tested, k.steps()})
			kept := map[string][]byte{"answers": everything, "logs": logs.Bytes()}
			err = filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					kept[path], err = os.ReadFile(path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			// Forms as they stand in Go, and as JSON writes them.
			for where, data := range kept {
				for _, leak := range leaks {
					quoted, _ := json.Marshal(leak)
					if bytes.Contains(data, []byte(leak)) || bytes.Contains(data, quoted[1:len(quoted)-1]) {
						t.Errorf("%s holds %q", where, leak)
					}
				}
			}
			if s := k.steps()[0]; s.Response.Blob == "" || !s.Response.Cut {
				t.Error("the long answer is not in the blob store")
			}
			if len(kept) < 4 || !bytes.Contains(everything, []byte(secret.Redacted)) {
				t.Error("nothing was searched") // the canary test itself must be able to fail
			}
		})
	}
}

func formsOf(s string) []string {
	return []string{s, base64.StdEncoding.EncodeToString([]byte(s)), base64.URLEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)),
		hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))), url.QueryEscape(s), url.PathEscape(s)}
}

func TestSinkSeesAttempts(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(500, `{}`))
	sink := &recorder{}
	k := newKit(t, a.URL, func(k *kit) { k.opts.Sink = sink; k.opts.Attempts = 2 })
	k.handle(k.task("list"))
	if got := strings.Join(sink.seen, " "); got != "start1 end1:Http.500 start2 end2:Http.500" {
		t.Error(got)
	}
}

type recorder struct{ seen []string }

func (r *recorder) AttemptStarted(_ context.Context, _, _, _ string, n int, _ time.Time) {
	r.seen = append(r.seen, "start"+string(rune('0'+n)))
}
func (r *recorder) AttemptEnded(_ context.Context, _, _, _ string, n int, _ time.Time, _ int, name string) {
	r.seen = append(r.seen, "end"+string(rune('0'+n))+":"+name)
}

func logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
