package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/triggertest"
)

// timed serves a data folder in a time that the test moves: that of clocks, events
// and signatures.
func timed(clock *triggertest.Time, opened func(*home)) serving {
	return func(ctx context.Context, c boot.Config, log *slog.Logger, ready func(string)) error {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
		if err != nil {
			return err
		}
		h := newHome(c.At(listener.Addr()), log)
		h.time = clock
		if _, err := h.open(ctx, func(context.Context, *home) {}); err != nil {
			return errors.Join(err, listener.Close())
		}
		if opened != nil {
			opened(h)
		}
		handler, err := h.handler(http.NotFoundHandler())
		if err != nil {
			return errors.Join(err, h.Close(), listener.Close())
		}
		var all errgroup.Group
		all.Go(func() error { return h.work(ctx) })
		all.Go(func() error { return serveHTTP(ctx, log, listener, handler) })
		ready(c.Public(listener.Addr()))
		return errors.Join(all.Wait(), h.Close())
	}
}

// active saves a workflow that gives its input back and makes it ACTIVE.
func active(p hometest.Person, doc hometest.Obj) string {
	if doc["output"] == nil {
		doc["output"] = "{% $input %}"
	}
	flow := p.Save(doc)
	p.Must(200, "PUT", "/api/workflows/"+flow, hometest.Obj{"status": "ACTIVE"})
	return flow
}

func echo() hometest.Obj { return hometest.Obj{"steps": []any{hometest.ValueStep("v", 1)}} }

type madeTrigger struct {
	ID, Path, Secret string
	Version          int64
	LastResult       *struct{ Status, Code, Detail string }
}

func trigger1(t *testing.T, p hometest.Person, flow string, body hometest.Obj) madeTrigger {
	t.Helper()
	var made madeTrigger
	p.Must(201, "POST", "/api/workflows/"+flow+"/triggers", body).Into(t, &made)
	return made
}

// ran waits until a workflow has n runs and they have ended, and gives their outputs.
func ran(t *testing.T, p hometest.Person, flow string, n int) []string {
	t.Helper()
	var runs []struct{ ID string }
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p.Must(200, "GET", "/api/executions?limit=100&workflowId="+flow, nil).Into(t, &runs)
		if len(runs) >= n {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d runs, want %d", len(runs), n)
		}
	}
	var out []string
	for _, r := range runs {
		e := p.Wait(r.ID)
		out = append(out, e.Status+" "+string(e.Output))
	}
	slices.Sort(out)
	return out
}

// quiet tells that no more than n runs come while others do their work: an event
// that is told after them, and its run, are waited for.
func quiet(t *testing.T, p hometest.Person, flow string, n int) {
	t.Helper()
	last := active(p, echo())
	trigger1(t, p, last, hometest.Obj{"type": "event", "event": "the.last"})
	p.Must(202, "POST", "/api/events", hometest.Obj{"name": "the.last"})
	ran(t, p, last, 1)
	if all := ran(t, p, flow, n); len(all) != n {
		t.Errorf("%d runs, want %d: %v", len(all), n, all)
	}
}

// TestSchedule: a clock starts runs at its times, stops with its workflow, and
// makes up once for what it missed while the process was gone.
func TestSchedule(t *testing.T) {
	t.Parallel()
	// The table keeps its own time: a delivery of long ago would have expired there.
	began := time.Now().UTC().Truncate(time.Hour).Add(30 * time.Second)
	at := func(d time.Duration) string {
		return `COMPLETED {"at":"` + began.Truncate(time.Hour).Add(d).Format(time.RFC3339) + `"}`
	}
	data, clock := t.TempDir(), triggertest.NewTime(began)
	s := start(t, data, nil, timed(clock, nil))
	p := hometest.Register(t, s, "ada")
	flow := active(p, echo())
	input := hometest.Obj{"at": "{% $event.data.scheduledAt %}"}
	path := "/api/workflows/" + flow + "/triggers/"
	one := trigger1(t, p, flow, hometest.Obj{"type": "schedule", "cron": "*/15 * * * *", "timezone": "Asia/Kolkata", "missed": "once", "input": input})
	clock.Set(began.Add(15 * time.Minute))
	if out := ran(t, p, flow, 1); out[0] != at(15*time.Minute) {
		t.Errorf("%v", out)
	}
	s.stop()
	clock.Set(began.Add(5 * time.Hour)) // four hours and three quarters were missed
	s = start(t, data, nil, timed(clock, nil))
	p = p.At(s)
	if out := ran(t, p, flow, 2); len(out) != 2 || out[1] != at(5*time.Hour) {
		t.Errorf("%v", out)
	}
	p.Must(200, "PUT", "/api/workflows/"+flow, hometest.Obj{"status": "INACTIVE"})
	clock.Add(time.Hour)
	quiet(t, p, flow, 2)
	p.Must(200, "PUT", "/api/workflows/"+flow, hometest.Obj{"status": "ACTIVE"})
	clock.Add(16 * time.Minute)
	ran(t, p, flow, 3)
	p.Must(200, "DELETE", path+one.ID, nil)
	clock.Add(time.Hour)
	quiet(t, p, flow, 3)
	var runs []struct{ StartedBy string }
	p.Must(200, "GET", "/api/executions?workflowId="+flow, nil).Into(t, &runs)
	for _, r := range runs {
		if r.StartedBy != one.ID {
			t.Errorf("started by %s", r.StartedBy)
		}
	}
	p.Verified()
}

// sign is what a sender of a kind sends besides a body.
func sign(kind, secret, id, body string, at time.Time) []string {
	stamp := fmt.Sprint(at.Unix())
	sum := func(key, text string) []byte {
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	switch kind {
	case "standard":
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		return []string{"Webhook-Id", id, "Webhook-Timestamp", stamp, "Webhook-Signature", "v1," + base64.StdEncoding.EncodeToString(sum(string(key), id+"."+stamp+"."+body))}
	case "stripe":
		return []string{"Stripe-Signature", "t=" + stamp + ",v1=" + hex.EncodeToString(sum(secret, stamp+"."+body))}
	case "github":
		return []string{"X-Hub-Signature-256", "sha256=" + hex.EncodeToString(sum(secret, body))}
	case "slack":
		return []string{"X-Slack-Request-Timestamp", stamp, "X-Slack-Signature", "v0=" + hex.EncodeToString(sum(secret, "v0:"+stamp+":"+body))}
	}
	return []string{"X-Signature", base64.StdEncoding.EncodeToString(sum(secret, body))}
}

// TestHooks: each kind of signature is taken, refused when it does not fit, and
// starts one run when it is replayed; the answer comes at once.
func TestHooks(t *testing.T) {
	t.Parallel()
	clock := triggertest.NewTime(time.Now())
	s := start(t, t.TempDir(), nil, timed(clock, nil))
	p, nobody := hometest.Register(t, s, "ada"), hometest.Nobody(t, s)
	for _, kind := range []string{"standard", "stripe", "github", "slack", "hmac"} {
		flow := active(p, echo())
		signature := hometest.Obj{"kind": kind}
		if kind == "hmac" {
			signature["header"], signature["encoding"] = "X-Signature", "base64"
		}
		hook := trigger1(t, p, flow, hometest.Obj{"type": "webhook", "signature": signature})
		body := `{"id":"evt_1","event_id":"evt_1","n":1}`
		good := sign(kind, hook.Secret, "evt_1", body, clock.Now())
		for i := range 3 {
			var r struct {
				DeliveryID string
				Duplicate  bool
			}
			began := time.Now()
			nobody.Must(202, "POST", hook.Path, body, good...).Into(t, &r)
			if took := time.Since(began); r.Duplicate != (i > 0) || took > time.Second {
				t.Errorf("%s: %+v after %v", kind, r, took)
			}
		}
		if out := ran(t, p, flow, 1); out[0] != "COMPLETED "+body {
			t.Errorf("%s: %v", kind, out)
		}
		unknown := nobody.Send("POST", "/hooks/trg_0190aaaa-0000-7000-8000-000000000000", body, good...)
		for name, a := range map[string]hometest.Answer{
			"another body": nobody.Send("POST", hook.Path, body+" ", good...), "unsigned": nobody.Send("POST", hook.Path, body),
			"another secret": nobody.Send("POST", hook.Path, body, sign(kind, "whsec_"+strings.Repeat("A", 32), "evt_1", body, clock.Now())...), "unknown": unknown,
		} {
			if p.Expect(a, apierr.NotFound, kind+", "+name); a.Detail != unknown.Detail {
				t.Errorf("%s, %s: %s", kind, name, a.Detail)
			}
		}
		if kind == "standard" || kind == "stripe" || kind == "slack" {
			old := sign(kind, hook.Secret, "evt_2", `{"id":"evt_2"}`, clock.Now().Add(-6*time.Minute))
			p.Expect(nobody.Send("POST", hook.Path, `{"id":"evt_2"}`, old...), apierr.ValidationFailed, kind+", old")
		}
		quiet(t, p, flow, 1)
		// What a person sees of it.
		var all []struct{ Status, ExecutionID string }
		p.Must(200, "GET", "/api/workflows/"+flow+"/triggers/"+hook.ID+"/deliveries", nil).Into(t, &all)
		if len(all) != 1 || all[0].Status != "started" || all[0].ExecutionID == "" {
			t.Errorf("%s: %+v", kind, all)
		}
	}
	p.Verified()
}

// TestHookHeaders: a webhook is not refused for what browsers and proxies add, and
// one record tells of each, in the workspace once the sender is known.
func TestHookHeaders(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), nil)
	p, nobody := hometest.Register(t, s, "ada"), hometest.Nobody(t, s)
	hook := trigger1(t, p, p.Save(echo()), hometest.Obj{"type": "webhook", "signature": hometest.Obj{"kind": "github"}})
	records := func(a hometest.Answer) (n int) {
		var all []struct{ RequestID, Action, Actor string }
		p.Must(200, "GET", "/api/logs?limit=100", nil).Into(t, &all)
		for _, r := range all {
			if r.RequestID == a.Header.Get("X-Request-Id") {
				if n++; r.Actor != hook.ID || r.Action != "trigger.receive" {
					t.Errorf("%+v", r)
				}
			}
		}
		return n
	}
	for i, more := range [][]string{nil, {"Authorization", "Bearer of.something.else"}, {"Idempotency-Key", "k1"}, {"Cookie", "apiq_session=x"}, {"Content-Type", "application/x-www-form-urlencoded"}} {
		body := fmt.Sprintf(`{"n":%d}`, i)
		a := nobody.Must(202, "POST", hook.Path, body, append(sign("github", hook.Secret, "", body, time.Now()), more...)...)
		if n := records(a); n != 1 {
			t.Errorf("%v: %d records", more, n)
		}
		again := nobody.Must(202, "POST", hook.Path, body, append(sign("github", hook.Secret, "", body, time.Now()), "X-Other", "1")...)
		if n := records(again); n != 1 {
			t.Errorf("%v, again: %d records", more, n)
		}
	}
	if n := records(nobody.Send("POST", hook.Path, "{}")); n != 0 {
		t.Errorf("a stranger leaves %d records in the workspace", n)
	}
	p.Verified()
}

// mute is a bus that loses its process before anything is told.
type mute struct{}

func (mute) Publish(context.Context, trigger.Event) error { return errDied }

// TestHookCrash: the process dies between the answer and the bus, between the bus
// and the run, and between the run's promise and the engine: one run.
func TestHookCrash(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(h *home){
		"before the bus": func(h *home) {
			h.triggers.Use(trigger.Ports{Workflows: h.flows, Launcher: h.launcher, Scheduler: h.clocks, Bus: mute{}})
		},
		"before the run": func(h *home) {
			h.triggers.Use(trigger.Ports{Workflows: h.flows, Launcher: failing{}, Scheduler: h.clocks, Bus: h.bus})
		},
		"before the engine": func(h *home) { h.runs.Use(halfway{Engine: h.engine, before: "start"}, noJournal{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, clock := t.TempDir(), triggertest.NewTime(time.Now())
			s := start(t, data, nil, timed(clock, die))
			p := hometest.Register(t, s, "ada")
			flow := active(p, echo())
			hook := trigger1(t, p, flow, hometest.Obj{"type": "webhook", "signature": hometest.Obj{"kind": "github"}})
			header := sign("github", hook.Secret, "", `{"n":1}`, clock.Now())
			hometest.Nobody(t, s).Must(202, "POST", hook.Path, `{"n":1}`, header...)
			s.stop()
			s = start(t, data, nil, timed(clock, nil))
			clock.Add(time.Minute) // what failed is tried again a little later
			p = p.At(s)
			if out := ran(t, p, flow, 1); out[0] != `COMPLETED {"n":1}` {
				t.Errorf("%v", out)
			}
			hometest.Nobody(t, s).Must(202, "POST", hook.Path, `{"n":1}`, header...)
			quiet(t, p, flow, 1)
			p.Verified()
		})
	}
}

// failing is a launcher whose process dies.
type failing struct{}

func (failing) Fire(context.Context, trigger.Start) error { return errDied }

// TestHookKill: kill -9 right after each answer, over and over: every webhook that
// was answered has one run.
func TestHookKill(t *testing.T) {
	t.Parallel()
	c := startChild(t, t.TempDir(), nil)
	p := hometest.Register(t, c, "ada")
	flow := active(p, echo())
	hook := trigger1(t, p, flow, hometest.Obj{"type": "webhook", "signature": hometest.Obj{"kind": "standard"}})
	const rounds = 6
	var want []string
	for i := range rounds {
		for j := range 3 {
			id := fmt.Sprintf("msg_%d_%d", i, j)
			body := fmt.Sprintf(`{"id":"%s"}`, id)
			header := sign("standard", hook.Secret, id, body, time.Now())
			hometest.Nobody(t, c).Must(202, "POST", hook.Path, body, header...)
			hometest.Nobody(t, c).Must(202, "POST", hook.Path, body, header...)
			want = append(want, "COMPLETED "+body)
		}
		c.Restart(t)
	}
	slices.Sort(want)
	if have := ran(t, p, flow, len(want)); !slices.Equal(have, want) {
		t.Errorf("%d runs of %d webhooks: %v", len(have), len(want), have)
	}
	quiet(t, p, flow, len(want))
	p.Verified()
}

// TestEvents: custom events start what waits for them, and the end of a run starts
// another.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), nil)
	p, other := hometest.Register(t, s, "ada"), hometest.Register(t, s, "bob")
	flow, theirs := active(p, echo()), active(other, echo())
	trigger1(t, p, flow, hometest.Obj{"type": "event", "event": "order.paid", "filter": "{% $event.data.n > 0 %}", "input": hometest.Obj{"n": "{% $event.data.n * 2 %}"}})
	trigger1(t, other, theirs, hometest.Obj{"type": "event", "event": "order.paid"})
	for range 2 {
		for _, n := range []int{0, 1, 2} {
			p.Must(202, "POST", "/api/events", hometest.Obj{"name": "order.paid", "data": hometest.Obj{"n": n}, "id": fmt.Sprint("order ", n)})
		}
	}
	if out := ran(t, p, flow, 2); !slices.Equal(out, []string{`COMPLETED {"n":2}`, `COMPLETED {"n":4}`}) {
		t.Errorf("%v", out)
	}
	quiet(t, p, flow, 2)
	quiet(t, other, theirs, 0)
	p.Refused(apierr.ValidationFailed, "POST", "/api/events", hometest.Obj{"name": "execution.failed"}, "/name")

	failing := p.Save(hometest.Obj{"name": "Failing", "steps": []any{hometest.Obj{"id": "no", "type": "fail", "error": "Own.Error", "cause": "because"}}})
	mourn, cheer := active(p, echo()), active(p, echo())
	trigger1(t, p, mourn, hometest.Obj{"type": "event", "event": "execution.failed", "filter": "{% $event.data.workflowId = '" + failing + "' %}",
		"input": hometest.Obj{"error": "{% $event.data.error.name %}", "run": "{% $event.data.executionId %}"}})
	trigger1(t, p, cheer, hometest.Obj{"type": "event", "event": "execution.completed", "filter": "{% $event.data.workflowId = '" + mourn + "' %}",
		"input": hometest.Obj{"of": "{% $event.data.output.error %}"}})
	run := p.Start(failing, nil)
	if e := p.Wait(run); e.Status != "FAILED" {
		t.Fatal(e.Status)
	}
	if out := ran(t, p, mourn, 1); out[0] != `COMPLETED {"error":"Own.Error","run":"`+run+`"}` {
		t.Errorf("%v", out)
	}
	if out := ran(t, p, cheer, 1); out[0] != `COMPLETED {"of":"Own.Error"}` {
		t.Errorf("%v", out)
	}
	quiet(t, p, mourn, 1)
	// A run that is continued and fails again has news again.
	p.Must(200, "POST", "/api/executions/"+run+"/retry", nil)
	ran(t, p, mourn, 2)
	p.Verified()
}

// TestLoop: a workflow that starts itself by its own failure stops after five.
func TestLoop(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), nil)
	p := hometest.Register(t, s, "ada")
	flow := active(p, hometest.Obj{"steps": []any{hometest.Obj{"id": "no", "type": "fail", "error": "Own.Error", "cause": "because"}}})
	made := trigger1(t, p, flow, hometest.Obj{"type": "event", "event": "execution.failed"})
	p.Wait(p.Start(flow, nil))
	if out := ran(t, p, flow, 6); len(out) != 6 { // a person's one, and five that followed
		t.Errorf("%v", out)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		p.Must(200, "GET", "/api/workflows/"+flow+"/triggers/"+made.ID, nil).Into(t, &made)
		if made.LastResult != nil && made.LastResult.Status == "refused" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the end of the chain is not told: %+v", made.LastResult)
		}
	}
	if made.LastResult.Code != "CONFLICT" || !strings.Contains(made.LastResult.Detail, "chain") {
		t.Errorf("%+v", made.LastResult)
	}
	quiet(t, p, flow, 6)
}

// TestSpecChanged: a refresh that finds a changed document starts what waits for it.
func TestSpecChanged(t *testing.T) {
	t.Parallel()
	const spec = `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"/"}],"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`
	folder := t.TempDir() + "/spec.json"
	write := func(text string) {
		if err := os.WriteFile(folder, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(spec)
	mux := http.NewServeMux()
	mux.HandleFunc("/spec.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		raw, err := os.ReadFile(folder)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(raw)
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	source := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = source.Serve(listener) }()
	t.Cleanup(func() { _ = source.Close() })

	s := startBare(t, t.TempDir(), nil)
	p := hometest.Register(t, s, "ada")
	var con struct{ ID string }
	p.Must(201, "POST", "/api/apis", hometest.Obj{"name": "T", "specUrl": "http://" + listener.Addr().String() + "/spec.json", "authType": "NONE"}).Into(t, &con)
	flow := active(p, echo())
	trigger1(t, p, flow, hometest.Obj{"type": "event", "event": "spec.changed", "input": hometest.Obj{"c": "{% $event.data.connectionId %}", "n": "{% $event.data.breakingCount %}", "a": "{% $event.data.added %}"}})
	p.Must(200, "POST", "/api/apis/"+con.ID+"/refresh", nil) // nothing has changed
	write(strings.Replace(spec, `"/a":{"get":{"operationId":"a"`, `"/b":{"get":{"operationId":"b"`, 1))
	p.Must(200, "POST", "/api/apis/"+con.ID+"/refresh", nil)
	if out := ran(t, p, flow, 1); out[0] != `COMPLETED {"a":1,"c":"`+con.ID+`","n":1}` {
		t.Errorf("%v", out)
	}
	quiet(t, p, flow, 1)
}
