package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/workflow"
)

// TestRefused: what no trigger may be, by the place that is wrong.
func TestRefused(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	hmac := func(change func(*trigger.Signature)) trigger.Input {
		s := trigger.Signature{Kind: trigger.KindHMAC, Header: "X-Sign"}
		change(&s)
		return trigger.Input{Type: trigger.TypeWebhook, Signature: &s}
	}
	event := func(name string) trigger.Input { return trigger.Input{Type: trigger.TypeEvent, Event: &name} }
	cases := map[string]struct {
		in   trigger.Input
		path string
	}{
		"no type":             {trigger.Input{}, "/type"},
		"no cron":             {trigger.Input{Type: trigger.TypeSchedule}, "/cron"},
		"bad cron":            {trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("x")}, "/cron"},
		"bad zone":            {trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("* * * * *"), Timezone: ptr("CET/None")}, "/timezone"},
		"bad policy":          {trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("* * * * *"), Missed: ptr(trigger.Missed("all"))}, "/missed"},
		"cron of an event":    {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Cron: ptr("* * * * *")}, "/cron"},
		"secret of an event":  {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Secret: ptr(secret.New("12345678"))}, "/secret"},
		"no signature":        {trigger.Input{Type: trigger.TypeWebhook}, "/signature"},
		"signature of none":   {trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: "none"}}, "/signature/kind"},
		"fields of stripe":    {trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindStripe, Header: "X"}}, "/signature/kind"},
		"no header":           {hmac(func(s *trigger.Signature) { s.Header = "" }), "/signature/header"},
		"bad header":          {hmac(func(s *trigger.Signature) { s.Header = "X Sign" }), "/signature/header"},
		"bad algorithm":       {hmac(func(s *trigger.Signature) { s.Algorithm = "md5" }), "/signature/algorithm"},
		"bad encoding":        {hmac(func(s *trigger.Signature) { s.Encoding = "rot13" }), "/signature/encoding"},
		"bad time header":     {hmac(func(s *trigger.Signature) { s.TimestampHeader = "a:b" }), "/signature/timestampHeader"},
		"long prefix":         {hmac(func(s *trigger.Signature) { s.Prefix = strings.Repeat("x", 201) }), "/signature/prefix"},
		"short secret":        {trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("1234567"))}, "/secret"},
		"plain secret":        {trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindStandard}, Secret: ptr(secret.New("not base64 at all"))}, "/secret"},
		"given and generated": {trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindGitHub}, Secret: ptr(secret.New("12345678")), RotateSecret: true}, "/rotateSecret"},
		"no event":            {event(""), "/event"},
		"event with spaces":   {event("a b"), "/event"},
		"event of ours":       {event("execution.started"), "/event"},
		"webhook.received":    {event(trigger.WebhookReceived), "/event"},
		"long event":          {event(strings.Repeat("a", 101)), "/event"},
		"filter":              {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Filter: ptr("true")}, "/filter"},
		"filter that is none": {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Filter: ptr("{% ( %}")}, "/filter"},
		"input":               {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Input: raw(`{"a":["{% $input.x %}"]}`)}, "/input/a/0"},
		"input, bare name":    {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Input: raw(`"{% data %}"`)}, "/input"},
		"input, $eval":        {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Input: raw(`"{% $eval($event.data) %}"`)}, "/input"},
		"large input":         {trigger.Input{Type: trigger.TypeEvent, Event: ptr("a"), Input: raw(`"` + strings.Repeat("x", 64<<10) + `"`)}, "/input"},
	}
	for name, c := range cases {
		_, err := h.Create(h.ctx, h.flow, c.in)
		e := apierr.From(err)
		found := false
		for _, p := range e.Problems {
			found = found || p.Path == c.path
		}
		if e.Code != apierr.ValidationFailed || !found {
			t.Errorf("%s: %v %+v, want a problem at %s", name, err, e.Problems, c.path)
		}
	}
	if _, err := h.Create(h.ctx, "wfl_none", event("a")); code(err) != apierr.NotFound {
		t.Errorf("a workflow that is not there: %v", err)
	}
	if all, _, err := h.List(h.ctx, h.flow, 10, ""); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
}

// TestLife: a trigger is made, read, changed and deleted, each with its record.
func TestLife(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("  0  6 * * 1 "), Input: raw(`{"x":1}`)})
	if made.Cron != "0 6 * * 1" || made.Timezone != "UTC" || made.Missed != trigger.MissedSkip || !made.Enabled || made.Version != 1 ||
		!made.NextAt.Equal(time.Date(2026, 1, 12, 6, 0, 0, 0, time.UTC)) || made.CreatedBy != "usr_ada" {
		t.Errorf("%+v", made)
	}
	got, err := h.Get(h.ctx, h.flow, made.ID)
	if diff := cmp.Diff(made.Trigger, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := h.Update(h.ctx, h.flow, made.ID, 2, trigger.Input{Enabled: ptr(false)}); code(err) != apierr.VersionStale {
		t.Errorf("a version that is not there yet: %v", err)
	}
	changed, err := h.Update(h.ctx, h.flow, made.ID, 1, trigger.Input{Enabled: ptr(false), Timezone: ptr("Asia/Tokyo"), Input: raw("null")})
	if err != nil || changed.Version != 2 || changed.Enabled || changed.Timezone != "Asia/Tokyo" || changed.Input != nil || changed.Cron != made.Cron || !changed.NextAt.IsZero() {
		t.Errorf("%v %+v", err, changed)
	}
	if _, err := h.Update(h.ctx, h.flow, made.ID, 0, trigger.Input{Type: trigger.TypeEvent, Event: ptr("a")}); code(err) != apierr.ValidationFailed {
		t.Errorf("another type: %v", err)
	}
	for what, err := range map[string]error{
		"another workflow's": func() error { _, err := h.Get(h.ctx, "wfl_other", made.ID); return err }(),
		"another tenant's": func() error {
			_, err := h.Get(tenant.With(h.ctx, "wsp_other"), h.flow, made.ID)
			return err
		}(),
		"delete, another workflow's": h.Delete(h.ctx, "wfl_other", made.ID, 0),
		"no id":                      h.Delete(h.ctx, h.flow, "x", 0),
	} {
		if code(err) != apierr.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := h.Delete(h.ctx, h.flow, made.ID, 1); code(err) != apierr.VersionStale {
		t.Errorf("delete, stale: %v", err)
	}
	if err := h.Delete(h.ctx, h.flow, made.ID, 2); err != nil {
		t.Error(err)
	}
	if _, err := h.Get(h.ctx, h.flow, made.ID); code(err) != apierr.NotFound {
		t.Errorf("deleted: %v", err)
	}
	if diff := cmp.Diff([]string{"trigger.delete done usr_ada", "trigger.update done usr_ada", "trigger.create done usr_ada"}, h.actions()); diff != "" {
		t.Error(diff)
	}
	h.nothingDue()
}

// nothingDue: every promise was kept.
func (h *home) nothingDue() {
	h.t.Helper()
	page, err := h.store.Query(tenant.WithSystem(h.ctx), table.Query{PK: "TRGDUE"})
	if err != nil || len(page.Items) != 0 {
		h.t.Errorf("still due: %+v (%v)", page.Items, err)
	}
}

// TestSecrets: a secret is generated or given, shown once at most, and nowhere in the clear.
func TestSecrets(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeWebhook, Signature: &trigger.Signature{Kind: trigger.KindStandard}})
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) < 40 || made.Path != "/hooks/"+made.ID {
		t.Errorf("%+v", made)
	}
	seen := []string{made.Secret}
	change := func(in trigger.Input) trigger.Made {
		m, err := h.Update(h.ctx, h.flow, made.ID, 0, in)
		if err != nil {
			t.Fatal(err)
		}
		if m.Secret != "" {
			seen = append(seen, m.Secret)
		}
		return m
	}
	if m := change(trigger.Input{Filter: ptr("{% true %}")}); m.Secret != "" {
		t.Error("a change of something else shows a secret")
	}
	if m := change(trigger.Input{RotateSecret: true}); m.Secret == "" || m.Secret == made.Secret {
		t.Errorf("rotated: %q", m.Secret)
	}
	if m := change(trigger.Input{Signature: &trigger.Signature{Kind: trigger.KindStripe}}); m.Secret == "" {
		t.Error("another kind keeps the old secret")
	}
	given := "whsec_of_stripe_itself"
	if m := change(trigger.Input{Secret: ptr(secret.New(given))}); m.Secret != "" {
		t.Error("a secret that was given is shown")
	}
	if m := change(trigger.Input{Signature: &trigger.Signature{Kind: trigger.KindStripe}}); m.Secret != "" {
		t.Error("the same kind again makes a new secret")
	}
	seen = append(seen, given)
	for _, pk := range []string{"TRG", "TRGSECRET", "TRGSTATE", "AUD#0", "AUD#1", "AUD#2", "AUD#3", "AUD#4", "AUD#5", "AUD#6", "AUD#7"} {
		for item, err := range h.store.All(h.ctx, table.Query{PK: pk}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range seen {
				if strings.Contains(string(item.Data), s) {
					t.Errorf("%s holds a secret", pk)
				}
			}
		}
	}
	if err := h.sealer.Rotate(h.ctx); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if n, err := h.Reseal(h.ctx); n != want || err != nil {
			t.Errorf("sealed %d anew, want %d: %v", n, want, err)
		}
	}
}

// TestClocksFollow: a clock goes while its trigger is enabled and its workflow
// ACTIVE; triggers go with their workflow.
func TestClocksFollow(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	made := h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("*/10 * * * *"), Input: raw(`{"at":"{% $event.time %}"}`)})
	other := h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("a")})
	h.settle(10 * time.Minute)
	h.expect(`{"at":"2026-01-05T10:10:00Z"}`)
	h.setStatus(workflow.StatusInactive)
	h.settle(time.Hour)
	h.expect()
	if n := len(h.deliveries(made.ID)); n != 1 {
		t.Errorf("a clock that stands still has %d deliveries", n)
	}
	h.setStatus(workflow.StatusActive)
	h.settle(10 * time.Minute)
	h.expect(`{"at":"2026-01-05T11:20:00Z"}`)
	for _, enabled := range []bool{false, true} {
		if _, err := h.Update(h.ctx, h.flow, made.ID, 0, trigger.Input{Enabled: &enabled}); err != nil {
			t.Fatal(err)
		}
		h.settle(10 * time.Minute)
	}
	h.expect(`{"at":"2026-01-05T11:40:00Z"}`)
	if _, err := h.Update(h.ctx, h.flow, made.ID, 0, trigger.Input{Cron: ptr("45 * * * *")}); err != nil {
		t.Fatal(err)
	}
	h.settle(30 * time.Minute)
	h.expect(`{"at":"2026-01-05T11:45:00Z"}`)
	h.setStatus("")
	for _, tid := range []string{made.ID, other.ID} {
		if _, err := h.Get(h.ctx, h.flow, tid); code(err) != apierr.NotFound {
			t.Errorf("a trigger of a deleted workflow: %v", err)
		}
	}
	h.settle(5 * time.Hour)
	h.expect()
	h.nothingDue()
	if last := h.actions()[0]; last != "trigger.delete done system" {
		t.Error(last)
	}
}

// setStatus changes the workflow's status as its service would, "" deletes it.
func (h *home) setStatus(s workflow.Status) {
	h.t.Helper()
	ops, then, err := h.StatusChanged(h.ctx, h.flow)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.trail.Commit(h.ctx, ops, audit.Entry{Action: "workflow.update"}); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	if h.status[h.flow] = s; s == "" {
		delete(h.status, h.flow)
	}
	h.mu.Unlock()
	then(h.ctx)
}

// TestPromises: what cannot be done where it is promised is done by who can.
func TestPromises(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.Use(trigger.Ports{Workflows: h}) // a function without scheduler and bus
	h.create(trigger.Input{Type: trigger.TypeSchedule, Cron: ptr("*/10 * * * *")})
	h.create(trigger.Input{Type: trigger.TypeEvent, Event: ptr("order.paid")})
	if _, err := h.Publish(h.ctx, "order.paid", raw(`{"n":1}`), ""); err != nil {
		t.Fatal(err)
	}
	h.settle(20 * time.Minute)
	h.expect()
	h.Use(h.ports)
	for range 2 {
		if err := h.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settle(10 * time.Minute)
	}
	h.expect(`{"n":1}`, `{}`, `{}`)
	h.nothingDue()
}
