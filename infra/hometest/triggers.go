package hometest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// trigger as its maker sees it.
type trigger struct {
	ID, Path, Secret string
	Version          int64
}

// waiter makes an active workflow that gives its input back, and a trigger of it.
func (p Person) waiter(body Obj) (flow string, made trigger) {
	p.t.Helper()
	var f struct{ ID string }
	p.Must(201, "POST", "/api/workflows", Obj{"status": "ACTIVE", "definition": document(Obj{"steps": []any{ValueStep("v", 1)}, "output": "{% $input %}"})}).Into(p.t, &f)
	p.Must(201, "POST", "/api/workflows/"+f.ID+"/triggers", body).Into(p.t, &made)
	return f.ID, made
}

// delivered follows a delivery to the end of the run that it started.
func (p Person) delivered(flow string, made trigger, n int) Execution {
	p.t.Helper()
	var all []struct{ Status, ExecutionID, Detail string }
	p.poll("a run of each delivery", func() bool {
		p.Must(200, "GET", "/api/workflows/"+flow+"/triggers/"+made.ID+"/deliveries", nil).Into(p.t, &all)
		return len(all) == n && all[0].Status != "received"
	})
	if all[0].Status != "started" {
		p.t.Fatalf("%+v", all[0])
	}
	return p.Wait(all[0].ExecutionID)
}

// standardHeaders signs a body by Standard Webhooks.
func standardHeaders(secret, id string, at time.Time, body string) []string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_")) // the test sees a wrong one by the signature
	stamp := fmt.Sprint(at.Unix())
	sum := mac(key, id+"."+stamp+"."+body)
	return []string{"Webhook-Id", id, "Webhook-Timestamp", stamp, "Webhook-Signature", "v1,AAAA v1," + base64.StdEncoding.EncodeToString(sum)}
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text)) // a hash never fails
	return m.Sum(nil)
}

// testWebhook: a signed webhook is taken in byte for byte and starts one run, and
// nobody who cannot sign learns whether there is one.
func testWebhook(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow, hook := p.waiter(Obj{"type": "webhook", "signature": Obj{"kind": "standard"}})
	sender := Nobody(t, h)
	// Whitespace, escapes and letters that would not survive being read and written anew.
	const body = " {\"größe\" : 1.50,\r\n\t\"text\": \"\\u00e9 日本\",  \"big\": 12345678901234567890 }\n"
	headers := standardHeaders(hook.Secret, "msg_1", time.Now(), body)
	var got, again struct {
		DeliveryID string
		Duplicate  bool
	}
	sender.Must(202, "POST", hook.Path, body, headers...).Into(t, &got)
	e := p.delivered(flow, hook, 1)
	var in struct {
		Size float64 `json:"größe"`
		Text string
	}
	if err := json.Unmarshal(e.Output, &in); err != nil || e.Status != "COMPLETED" || in.Size != 1.5 || in.Text != "é 日本" {
		t.Errorf("%s %+v: %s (%v)", e.Status, e.Error, e.Output, err)
	}
	sender.Must(202, "POST", hook.Path, body, headers...).Into(t, &again)
	if got.Duplicate || !again.Duplicate || again.DeliveryID != got.DeliveryID {
		t.Errorf("%+v, then %+v", got, again)
	}
	if n := len(items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))); n != 1 {
		t.Errorf("%d runs of one event", n)
	}
	for what, c := range map[string]struct {
		path, body string
		headers    []string
	}{
		"another body":      {hook.Path, body + " ", headers},
		"no signature":      {hook.Path, body, nil},
		"another secret":    {hook.Path, body, standardHeaders("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "msg_2", time.Now(), body)},
		"no such hook":      {"/hooks/trg_0190aaaa-0000-7000-8000-000000000000", body, headers},
		"another's trigger": {"/hooks/" + hook.ID + "x", body, headers},
	} {
		p.Expect(sender.Send("POST", c.path, c.body, c.headers...), apierr.NotFound, what)
	}
	late := standardHeaders(hook.Secret, "msg_3", time.Now().Add(-time.Hour), body)
	p.Expect(sender.Send("POST", hook.Path, body, late...), apierr.ValidationFailed, "an hour late")
	p.Must(200, "PATCH", "/api/workflows/"+flow+"/triggers/"+hook.ID, Obj{"enabled": false})
	p.Expect(sender.Send("POST", hook.Path, body, standardHeaders(hook.Secret, "msg_4", time.Now(), body)...), apierr.NotFound, "disabled")
}

// testWebhookForms: a body need not be JSON, and a large one is taken too.
func testWebhookForms(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow, hook := p.waiter(Obj{"type": "webhook", "signature": Obj{"kind": "github"}, "secret": "a secret of ours"})
	sender := Nobody(t, h)
	large := strings.Repeat("größer ", 25_000) // 225 KB of text
	for i, c := range []struct{ media, body, want string }{
		{"application/x-www-form-urlencoded", "payload=%7B%22a%22%3A%22b+c%22%7D", `{"a":"b c"}`},
		{"application/x-www-form-urlencoded; charset=utf-8", "x=1&x=2&y=%C3%BC+%2B", `{"x":["1","2"],"y":"ü +"}`},
		{"application/json", `{"large":"` + large + `"}`, ""},
	} {
		signature := "sha256=" + hex.EncodeToString(mac([]byte("a secret of ours"), c.body))
		sender.Must(202, "POST", hook.Path, c.body, "Content-Type", c.media, "X-Hub-Signature-256", signature, "X-GitHub-Delivery", rand.Text())
		e := p.delivered(flow, hook, i+1)
		if e.Status != "COMPLETED" || c.want != "" && string(e.Input) != c.want || c.want == "" && !strings.Contains(string(e.Input), large) {
			t.Errorf("%s: %s %+v, input %.200s", c.media, e.Status, e.Error, e.Input)
		}
	}
	raw := "\xff\xfe\x00binary"
	signature := "sha256=" + hex.EncodeToString(mac([]byte("a secret of ours"), raw))
	a := sender.Send("POST", hook.Path, raw, "Content-Type", "application/octet-stream", "X-Hub-Signature-256", signature)
	p.Expect(a, apierr.ValidationFailed, "bytes that are no text")
	if a := sender.Send("POST", hook.Path, strings.Repeat("x", 1<<20+1)); a.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 1 MiB: %d", a.Status)
	}
}

// testTold: an event starts what waits for it in its own workspace, once.
func testTold(t *testing.T, h *house) {
	p, other := Register(t, h, "ada"), Register(t, h, "bob")
	waits := Obj{"type": "event", "event": "bestellung.bezahlt", "filter": "{% $event.data.n > 1 %}", "input": Obj{"n": "{% $event.data.n %}", "text": "{% $event.data.text %}"}}
	flow, made := p.waiter(waits)
	theirs, _ := other.waiter(waits)
	tell := func(n int) {
		t.Helper()
		p.Must(202, "POST", "/api/events", Obj{"name": "bestellung.bezahlt", "id": fmt.Sprintf("event %d", n), "data": Obj{"n": n, "text": "größer"}})
	}
	for _, n := range []int{1, 2, 2} {
		tell(n)
	}
	var e Execution
	p.poll("the run of the event", func() bool {
		list := items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))
		if len(list) == 0 {
			return false
		}
		if err := json.Unmarshal([]byte(list[0]), &e); err != nil {
			t.Fatal(err)
		}
		return true
	})
	if e = p.Wait(e.ID); e.Status != "COMPLETED" || string(e.Input) != `{"n":2,"text":"größer"}` {
		t.Errorf("%s %+v, input %s", e.Status, e.Error, e.Input)
	}
	tell(3) // when its run is there, those of the repeated one would be
	p.poll("the run of the last event", func() bool {
		return len(items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))) >= 2
	})
	if n := len(items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))); n != 2 {
		t.Errorf("%d runs of two events", n)
	}
	if n := len(items(t, other.Must(200, "GET", "/api/executions?workflowId="+theirs, nil))); n != 0 {
		t.Errorf("%d runs in another workspace", n)
	}
	p.Must(200, "DELETE", "/api/workflows/"+flow+"/triggers/"+made.ID, nil)
	p.Refused(apierr.NotFound, "GET", "/api/workflows/"+flow+"/triggers/"+made.ID, nil)
}

// testTriggerInput: what is refused when a trigger is made, and where.
func testTriggerInput(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	at := "/api/workflows/" + p.Save(Obj{"steps": []any{ValueStep("v", 1)}}) + "/triggers"
	for path, body := range map[string]Obj{
		"/type":           {"type": "magic"},
		"/cron":           {"type": "schedule", "cron": "61 * * * *"},
		"/timezone":       {"type": "schedule", "cron": "0 5 * * *", "timezone": "Europe/Nowhere"},
		"/event":          {"type": "event"},
		"/filter":         {"type": "event", "event": "x.y", "filter": "{% $secret %}"},
		"/input/a":        {"type": "event", "event": "x.y", "input": Obj{"a": "{% $eval('1') %}"}},
		"/signature/kind": {"type": "webhook", "signature": Obj{"kind": "none"}},
		"/secret":         {"type": "webhook", "signature": Obj{"kind": "github"}, "secret": "short"},
	} {
		p.Refused(apierr.ValidationFailed, "POST", at, body, path)
	}
	var clock struct {
		ID     string
		NextAt time.Time
	}
	made := p.Must(201, "POST", at, Obj{"type": "schedule", "cron": "0 5 * * 1", "timezone": "Europe/Berlin"})
	if made.Into(t, &clock); clock.NextAt.Before(time.Now()) || clock.NextAt.After(time.Now().Add(8*24*time.Hour)) || made.Header.Get("ETag") != `"1"` {
		t.Errorf("%+v, ETag %s", clock, made.Header.Get("ETag"))
	}
	p.Expect(p.Send("PATCH", at+"/"+clock.ID, Obj{"cron": "0 6 * * 1"}, "If-Match", "7"), apierr.VersionStale, "another version")
	p.Must(200, "PATCH", at+"/"+clock.ID, Obj{"cron": "0 6 * * 1"}, "If-Match", made.Header.Get("ETag"))
	p.Must(200, "DELETE", at+"/"+clock.ID, nil)
}
