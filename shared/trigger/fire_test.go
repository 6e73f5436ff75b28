package trigger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/workflow"
)

func (h *home) event(name, eventID, data string) trigger.Event {
	return trigger.Event{ID: eventID, Name: name, Workspace: h.workspace(), At: h.time.Now(), Data: raw(data)}
}

// TestOnce: an event that is told many times at once starts one run of each trigger.
func TestOnce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	one := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.sent")})
	h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid"), Enabled: ptr(false)})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if err := h.Consume(t.Context(), h.event("order.paid", fmt.Sprint(i%4), fmt.Sprint(i%4))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	have := h.inputs()
	slices.Sort(have)
	if diff := cmp.Diff([]string{"0", "0", "1", "1", "2", "2", "3", "3"}, have); diff != "" {
		t.Error(diff)
	}
	if d := h.deliveries(one.ID); len(d) != 4 || slices.Contains(d, "refused") {
		t.Errorf("%v", d)
	}
	elsewhere := h.event("order.paid", "9", "9")
	elsewhere.Workspace = id.New(id.Workspace)
	if err := h.Consume(t.Context(), elsewhere); err != nil {
		t.Error(err)
	}
	h.expect()
}

// TestLostAnswer: a start whose answer is lost is not made again.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))})
	h.halfway = true
	e := h.event("order.paid", "1", "{}")
	if err := h.Consume(t.Context(), e); err == nil {
		t.Error("nobody tells of the lost answer")
	}
	receipt := h.send(hook, `{"x":1}`)
	if err := h.Deliver(t.Context(), h.workspace(), receipt.DeliveryID); err == nil {
		t.Error("nobody tells of the lost answer")
	}
	h.halfway = false
	for range 2 {
		if err := h.Consume(t.Context(), e); err != nil {
			t.Error(err)
		}
		if err := h.Deliver(t.Context(), h.workspace(), receipt.DeliveryID); err != nil {
			t.Error(err)
		}
	}
	h.settle(time.Hour)
	h.expect("{}", `{"x":1}`)
	got, err := h.Get(h.ctx, h.flow, made.ID)
	if err != nil || got.LastResult == nil || got.LastResult.Status != trigger.Started || !id.Is(got.LastResult.ExecutionID, id.Execution) {
		t.Errorf("%v %+v", err, got.LastResult)
	}
	h.nothingDue()
}

// send sends a GitHub-style webhook and expects it to be taken.
func (h *home) send(hook trigger.Made, body string, more ...string) trigger.Receipt {
	h.t.Helper()
	github := signers()[2]
	header := github.sign("a secret", "1", body, h.time.Now())
	for i := 0; i+1 < len(more); i += 2 {
		header.Set(more[i], more[i+1])
	}
	r, err := h.Receive(h.t.Context(), hook.ID, header, []byte(body))
	if err != nil {
		h.t.Fatalf("%q: %v", body, err)
	}
	return r
}

// deadBus takes nothing.
type deadBus struct{}

func (deadBus) Publish(context.Context, trigger.Event) error { return table.ErrThrottled }

// TestKilled: a process that dies between the answer and the bus, or between the
// bus and the run, loses nothing.
func TestKilled(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))})
	dead := h.ports
	dead.Bus = deadBus{}
	h.Use(dead)
	receipt := h.send(hook, `{"x":1}`)
	h.settle(time.Hour)
	h.expect()
	if d := h.deliveries(hook.ID); !slices.Equal(d, []string{"received"}) {
		t.Errorf("%v", d)
	}
	if !h.send(hook, `{"x":1}`).Duplicate {
		t.Error("it was taken twice")
	}
	h.Use(h.ports)
	for range 3 { // what is told to the bus again and again is delivered once
		if err := h.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.settle(time.Second)
	h.expect(`{"x":1}`)
	if err := h.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Deliver(t.Context(), h.workspace(), receipt.DeliveryID); err != nil {
		t.Fatal(err)
	}
	h.settle(time.Hour)
	h.expect()
	h.nothingDue()
}

// stuckBus answers when it is let.
type stuckBus struct {
	trigger.Bus
	let chan struct{}
}

func (b stuckBus) Publish(ctx context.Context, e trigger.Event) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-b.let:
		return b.Bus.Publish(ctx, e)
	}
}

// TestStuckBus: the sender of a webhook is answered although the bus is not.
func TestStuckBus(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))})
	stuck := h.ports
	let := make(chan struct{})
	stuck.Bus = stuckBus{h.bus, let}
	h.Use(stuck)
	began := time.Now()
	h.send(hook, `{"x":1}`)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("answered after %v", took)
	}
	close(let) // what waited goes on behind the answer
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		h.settle(time.Second)
		if d := h.deliveries(hook.ID); d[0] == "started" {
			h.expect(`{"x":1}`)
			return
		}
	}
	t.Error("it was not delivered")
}

// TestRefusals: what cannot run leaves a refused delivery, an audit record and the
// trigger's last result, once; what passes is tried again.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(h *home)
		in      trigger.Input
		want    string
	}{
		"not active":  {func(h *home) { h.status[h.flow] = workflow.StatusDraft }, trigger.Input{}, "refused CONFLICT"},
		"no workflow": {func(h *home) { delete(h.status, h.flow) }, trigger.Input{}, "refused NOT_FOUND"},
		"does not fit": {func(h *home) {
			h.refuse = apierr.New(apierr.ValidationFailed, "no").With(apierr.Problem{Path: "/input/x"})
		}, trigger.Input{}, "refused VALIDATION_FAILED"},
		"no value":         {nil, trigger.Input{Input: raw(`{"a":"{% $event.data.none %}"}`)}, "refused VALIDATION_FAILED"},
		"expression fails": {nil, trigger.Input{Input: raw(`"{% $number('x') %}"`)}, "refused VALIDATION_FAILED"},
		"filter fails":     {nil, trigger.Input{Filter: ptr("{% $number('x') = 1 %}")}, "refused VALIDATION_FAILED"},
		"hostile":          {nil, trigger.Input{Input: raw(`"{% ($f := function($n){ $f($n) + 1 }; $f(1)) %}"`)}, "refused VALIDATION_FAILED"},
		"too large":        {func(h *home) { h.refuse = fmt.Errorf("start: %w", table.ErrInvalid) }, trigger.Input{}, "refused PAYLOAD_TOO_LARGE"},
		"passing":          {func(h *home) { h.refuse = table.ErrThrottled }, trigger.Input{}, ""},
		"internal":         {func(h *home) { h.refuse = errors.New("defect") }, trigger.Input{}, ""},
		"out":              {func(h *home) { h.refuse = apierr.New(apierr.Unavailable, "out") }, trigger.Input{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			c.in.Type, c.in.Event = trigger.TypeEvent, ptr("order.paid")
			made := h.create(c.in)
			if c.prepare != nil {
				c.prepare(h)
			}
			for range 2 {
				if err := h.Consume(t.Context(), h.event("order.paid", "1", `{}`)); (err != nil) != (c.want == "") {
					t.Errorf("%v", err)
				}
			}
			h.expect()
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if d := h.deliveries(made.ID); !slices.Equal(d, want) {
				t.Errorf("%v", d)
			}
			got, err := h.Get(h.ctx, h.flow, made.ID)
			if err != nil || (got.LastResult == nil) != (c.want == "") || got.LastResult != nil && (got.LastResult.Status != trigger.Refused || got.LastResult.Detail == "") {
				t.Errorf("%v %+v", err, got.LastResult)
			}
			records := strings.Count(strings.Join(h.actions(), "\n"), "trigger.fire refused "+made.ID)
			if records != len(want) {
				t.Errorf("%d records: %q", records, h.actions())
			}
		})
	}
}

// TestSkipped: what is not to run now is a skipped delivery, told once, of every kind
// of trigger.
func TestSkipped(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	event := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))})
	h.refuse = fmt.Errorf("start: %w", &trigger.SkippedError{Detail: "exe_1 is under way"})
	for range 2 {
		if err := h.Consume(t.Context(), h.event("order.paid", "1", `{}`)); err != nil {
			t.Error(err)
		}
	}
	receipt := h.send(hook, `{"x":1}`)
	for range 2 {
		if err := h.Deliver(t.Context(), h.workspace(), receipt.DeliveryID); err != nil {
			t.Error(err)
		}
	}
	h.refuse = nil // it stays skipped
	if err := h.Consume(t.Context(), h.event("order.paid", "1", `{}`)); err != nil {
		t.Error(err)
	}
	h.expect()
	h.nothingDue()
	for _, made := range []trigger.Made{event, hook} {
		got, err := h.Get(h.ctx, h.flow, made.ID)
		if d := h.deliveries(made.ID); !slices.Equal(d, []string{"skipped"}) || err != nil || got.LastResult.Detail != "exe_1 is under way" || got.LastResult.ExecutionID != "" {
			t.Errorf("%v %v %+v", d, err, got.LastResult)
		}
		if n := strings.Count(strings.Join(h.actions(), "\n"), "trigger.skip done "+made.ID); n != 1 {
			t.Errorf("%d records: %q", n, h.actions())
		}
	}
}

// TestMapping: what a run's input is made of.
func TestMapping(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	one := func(in trigger.Input, data string) string {
		t.Helper()
		in.Type, in.Event = trigger.TypeEvent, ptr("order.paid")
		made := h.create(in)
		if err := h.Consume(t.Context(), h.event("order.paid", id.New(id.Request), data)); err != nil {
			t.Error(err)
		}
		if err := h.Delete(h.ctx, h.flow, made.ID, 0); err != nil {
			t.Error(err)
		}
		return strings.Join(h.inputs(), " ")
	}
	hostile := `{"a":"{% $event %}","b":"<&>"}`
	for _, c := range []struct{ filter, input, data, want string }{
		{"", "", `{"n":1.50}`, `{"n":1.50}`},
		{"", "", hostile, hostile},                                           // data is data
		{"", `{"x":"{% $event.data.a %}"}`, hostile, `{"x":"{% $event %}"}`}, // and stays it
		{"", `{"n":"{% $event.data.n + 1 %}","c":[1,"x",{"d":null}],"name":"{% $event.name %}"}`, `{"n":2}`, `{"c":[1,"x",{"d":null}],"n":3,"name":"order.paid"}`},
		{"", `"{% $event.data.list %}"`, `{"list":[1]}`, `[1]`},
		{"", `{"all":"{% $event.time > '2020' and $exists($event.id) %}"}`, `1`, `{"all":true}`},
		{"{% $event.data.n > 1 %}", "", `{"n":2}`, `{"n":2}`},
		{"{% $event.data.n > 1 %}", "", `{"n":1}`, ``},
		{"{% $event.data.n %}", "", `{"n":1}`, ``}, // true is true alone
	} {
		in := trigger.Input{Filter: &c.filter, Input: raw(c.input)}
		if have := one(in, c.data); have != c.want {
			t.Errorf("%s %s of %s: %s, want %s", c.filter, c.input, c.data, have, c.want)
		}
	}
}

// TestBodies: what a webhook's body is to a run.
func TestBodies(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret")),
		Input: raw(`{"data":"{% $event.data %}","kind":"{% $event.headers.` + "`x-github-event`" + ` %}"}`)})
	for _, c := range []struct{ media, body, want string }{
		{"application/json", ` {"a" : "ü"} `, `{"a":"ü"}`},
		{"", `[1]`, `[1]`},
		{"text/plain", "hello\nthere", `"hello\nthere"`},
		{"application/x-www-form-urlencoded", "a=1&b=2&b=3&c=%C3%BC", `{"a":"1","b":["2","3"],"c":"ü"}`},
		{"application/x-www-form-urlencoded", "payload=%7B%22a%22%3A1%7D", `{"a":1}`},
		{"", "", `""`},
	} {
		h.send(hook, c.body, "Content-Type", c.media)
		h.settle(time.Second)
		h.expect(`{"data":` + c.want + `,"kind":"push"}`)
	}
	github := signers()[2]
	for _, c := range []struct {
		media, body string
		want        apierr.Code
	}{
		{"application/json", `{"a":`, apierr.ValidationFailed},
		{"application/json", ``, apierr.ValidationFailed},
		{"application/octet-stream", "\xff\xfe", apierr.ValidationFailed},
		{"application/x-www-form-urlencoded", "%zz", apierr.ValidationFailed},
		{"text/plain", strings.Repeat("x", trigger.MaxBody+1), apierr.PayloadTooLarge},
		{"text/plain", noise(600 << 10), apierr.PayloadTooLarge}, // it does not compress
	} {
		header := github.sign("a secret", "1", c.body, h.time.Now())
		header.Set("Content-Type", c.media)
		if _, err := h.Receive(t.Context(), hook.ID, header, []byte(c.body)); code(err) != c.want {
			t.Errorf("%s %.20q: %v", c.media, c.body, err)
		}
	}
	large := `{"a":"` + strings.Repeat("all work and no play ", 40_000) + `"}`
	h.send(hook, large, "Content-Type", "application/json")
	h.settle(time.Second)
	if d := h.deliveries(hook.ID); d[0] != "refused VALIDATION_FAILED" { // taken in, but larger than a run's input
		t.Errorf("%v", d[0])
	}
	h.nothingDue()
}

// noise is text that hardly compresses, the same each time.
func noise(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = ' ' + byte(x%95)
	}
	return string(b)
}

// TestMissedRuns: what becomes of times that passed while nothing ran.
func TestMissedRuns(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	skip := h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("*/10 * * * *"), Input: raw(`"{% 'skip ' & $event.time %}"`)})
	once := h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("*/10 * * * *"), Missed: ptr(trigger.MissedOnce), Input: raw(`"{% 'once ' & $event.time %}"`)})
	h.time.Set(triggertestBegan.Add(3*time.Hour + 7*time.Minute)) // 13:07:30: 13:00 is the latest
	h.settle(time.Second)
	h.expect(`"once 2026-01-05T13:00:00Z"`)
	if d := h.deliveries(skip.ID); !slices.Equal(d, []string{"skipped"}) {
		t.Errorf("%v", d)
	}
	// A scheduler may as well bring each time that was missed.
	for _, at := range []string{"12:40", "12:50", "13:00", "12:50"} {
		for _, made := range []trigger.Made{skip, once} {
			due, err := time.Parse("2006-01-02 15:04", "2026-01-05 "+at)
			if err != nil {
				t.Fatal(err)
			}
			h.tick(made, due)
		}
	}
	h.expect()
	if d := h.deliveries(once.ID); !slices.Equal(d, []string{"started", "skipped", "skipped"}) {
		t.Errorf("%v", d)
	}
	// A little late is not missed.
	h.time.Set(triggertestBegan.Add(4*time.Hour + 3*time.Minute)) // 14:03:30
	h.tick(skip, time.Date(2026, 1, 5, 14, 0, 0, 0, time.UTC))
	h.expect(`"skip 2026-01-05T14:00:00Z"`)
	// A day late is too late for once, too.
	h.time.Set(triggertestBegan.Add(72 * time.Hour))
	h.tick(once, time.Date(2026, 1, 7, 10, 0, 0, 0, time.UTC))
	h.expect()
}

var triggertestBegan = time.Date(2026, 1, 5, 10, 0, 30, 0, time.UTC)

// tick brings a time as a scheduler would.
func (h *home) tick(made trigger.Made, at time.Time) {
	h.t.Helper()
	var revision string
	for item, err := range h.store.All(tenant.WithSystem(h.ctx), table.Query{PK: "CLOCK"}) {
		var c trigger.Clock
		if err != nil || item.Decode(&c) != nil {
			h.t.Fatal(err)
		}
		if c.Trigger == made.ID {
			revision = c.Revision
		}
	}
	for range 2 {
		if err := h.Tick(h.t.Context(), trigger.Tick{Workspace: h.workspace(), Trigger: made.ID, Revision: revision, At: at}); err != nil {
			h.t.Error(err)
		}
	}
}

// TestStrayTicks: a clock that should not go starts nothing, and is put right.
func TestStrayTicks(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("0 0 1 1 *")})
	event := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("a")})
	now := h.time.Now().Truncate(time.Minute)
	for name, k := range map[string]trigger.Tick{
		"an older clock": {Workspace: h.workspace(), Trigger: made.ID, Revision: "older", At: now},
		"no trigger":     {Workspace: h.workspace(), Trigger: id.New(id.Trigger), Revision: "r", At: now},
		"no id":          {Workspace: h.workspace(), Trigger: "x", At: now},
		"no schedule":    {Workspace: h.workspace(), Trigger: event.ID, At: now},
		"other tenant":   {Workspace: id.New(id.Workspace), Trigger: made.ID, At: now},
	} {
		stray := trigger.Clock{Trigger: k.Trigger, Workspace: k.Workspace, Cron: "* * * * *", Timezone: "UTC", Revision: k.Revision, Keep: time.Minute}
		if err := h.clocks.Put(t.Context(), stray); err != nil {
			t.Fatal(err)
		}
		if err := h.Tick(t.Context(), k); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for item, err := range h.store.All(tenant.WithSystem(h.ctx), table.Query{PK: "CLOCK"}) {
			var c trigger.Clock
			if err != nil || item.Decode(&c) != nil {
				t.Fatal(err)
			}
			if c.Cron == "* * * * *" {
				t.Errorf("%s: the clock goes on", name)
			}
		}
	}
	h.expect()
	h.nothingDue()
}

// TestChain: a chain of events and runs ends.
func TestChain(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr(trigger.ExecutionFailed)})
	for depth := 1; depth <= 7; depth++ {
		e := h.event(trigger.ExecutionFailed, fmt.Sprint(depth), fmt.Sprint(depth))
		e.Depth = depth
		h.time.Add(time.Second)
		if err := h.Consume(t.Context(), e); err != nil {
			t.Error(err)
		}
	}
	for i, s := range h.starts {
		if s.Chain != i+1 {
			t.Errorf("run %d has chain %d", i, s.Chain)
		}
	}
	h.expect("1", "2", "3", "4", "5")
	if d := h.deliveries(made.ID); d[0] != "refused CONFLICT" || d[2] != "started" {
		t.Errorf("%v", d)
	}
}

// TestPublish: custom events, told once however often they are told.
func TestPublish(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	for range 3 {
		if e, err := h.Publish(h.ctx, "order.paid", raw(`{"n":1}`), "order 1"); err != nil || e.ID != "order 1" {
			t.Errorf("%+v %v", e, err)
		}
		h.settle(time.Second)
	}
	h.expect(`{"n":1}`)
	if e, err := h.Publish(h.ctx, "order.paid", nil, ""); err != nil || e.ID == "" {
		t.Errorf("%+v %v", e, err)
	}
	h.settle(time.Second)
	h.expect(`{}`)
	markup := `"` + strings.Repeat("<", trigger.MaxEventData-2) + `"`
	if _, err := h.Publish(h.ctx, "order.paid", raw(markup), ""); err != nil {
		t.Errorf("%v", err)
	}
	h.settle(time.Second)
	h.expect(markup)
	for _, c := range []struct {
		name, data, id string
		want           apierr.Code
	}{
		{"", "{}", "", apierr.ValidationFailed}, {"a b", "{}", "", apierr.ValidationFailed}, {"execution.failed", "{}", "", apierr.ValidationFailed},
		{"webhook.received", "{}", "", apierr.ValidationFailed}, {"order.paid", "{}", strings.Repeat("i", 256), apierr.ValidationFailed},
		{"order.paid", `"` + strings.Repeat("x", trigger.MaxEventData) + `"`, "", apierr.PayloadTooLarge},
	} {
		if _, err := h.Publish(h.ctx, c.name, raw(c.data), c.id); code(err) != c.want {
			t.Errorf("%.20q %.20q: %v", c.name, c.id, err)
		}
	}
	h.nothingDue()
}

// TestAnnounce: what nobody listens to costs nothing.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if ops, tell, err := h.Announce(h.ctx, h.event(trigger.SpecChanged, "1", `{}`)); ops != nil || tell != nil || err != nil {
		t.Errorf("%v %v", ops, err)
	}
	made := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr(trigger.SpecChanged)})
	for range 2 { // a crash may repeat it
		ops, tell, err := h.Announce(h.ctx, h.event(trigger.SpecChanged, "1", `{"c":1}`))
		if err != nil || h.store.Transact(h.ctx, ops) != nil {
			t.Fatal(err)
		}
		tell(h.ctx)
		h.settle(time.Second)
	}
	h.expect(`{"c":1}`)
	if err := h.Delete(h.ctx, h.flow, made.ID, 0); err != nil {
		t.Fatal(err)
	}
	if ops, _, _ := h.Announce(h.ctx, h.event(trigger.SpecChanged, "2", `{}`)); ops != nil {
		t.Error("nobody listens any more")
	}
	h.nothingDue()
}

// TestGone: a webhook that was taken in and whose trigger is then deleted or
// disabled starts nothing, and is told of.
func TestGone(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	in := trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))}
	one, two := h.create(in), h.create(in)
	h.send(one, `{}`)
	h.send(two, `{}`)
	if err := h.Delete(h.ctx, h.flow, one.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Update(h.ctx, h.flow, two.ID, 0, trigger.Input{Enabled: ptr(false)}); err != nil {
		t.Fatal(err)
	}
	h.settle(time.Second)
	h.expect()
	if d := h.deliveries(two.ID); !slices.Equal(d, []string{"refused CONFLICT"}) {
		t.Errorf("%v", d)
	}
	if err := h.Deliver(t.Context(), h.workspace(), "nonsense"); err == nil {
		t.Error("nonsense is delivered")
	}
	h.nothingDue()
}

// TestUndeliverable: what was taken in and is understood no more is told of as
// refused; it does not come back for ever.
func TestUndeliverable(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	hook := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("a secret"))})
	h.send(hook, `not JSON`)
	page, err := h.store.Query(h.ctx, table.Query{PK: "TRGDLV#" + hook.ID})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d deliveries: %v", len(page.Items), err)
	}
	if _, _, err := table.Modify(h.ctx, h.store, page.Items[0].Key, func(d *map[string]any) error {
		(*d)["contentType"] = "application/json"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h.settle(time.Second)
	if d := h.deliveries(hook.ID); !slices.Equal(d, []string{"refused VALIDATION_FAILED"}) {
		t.Errorf("%v", d)
	}
	h.expect()
	h.nothingDue()
}

// noClock is a scheduler that takes a clock at first sight and refuses it then.
type noClock struct{ trigger.Scheduler }

func (noClock) Put(context.Context, trigger.Clock) error { return trigger.ErrClock }

// TestNoClock: a clock that can never be kept is not tried for ever.
func TestNoClock(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.ports.Scheduler = noClock{h.clocks}
	h.Use(h.ports)
	h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("0 3 * * *"), Timezone: ptr("UTC"), Missed: ptr(trigger.MissedSkip)})
	h.nothingDue()
}

// deafBus takes all events but those of one name, which it never answers.
type deafBus struct{ deaf string }

func (b deafBus) Publish(ctx context.Context, e trigger.Event) error {
	if e.Name != b.deaf {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestHanging: what hangs keeps nothing else from being done.
func TestHanging(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.ports.Bus = nil
	h.Use(h.ports)
	for _, name := range []string{"a.deaf", "b.heard", "c.heard"} {
		if _, err := h.Publish(h.ctx, name, nil, "1"); err != nil {
			t.Fatal(err)
		}
	}
	h.ports.Bus = deafBus{deaf: "a.deaf"}
	h.Use(h.ports)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := h.Resume(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	page, err := h.store.Query(tenant.WithSystem(t.Context()), table.Query{PK: "TRGDUE"})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d are due: %v", len(page.Items), err)
	}
}
