package hometest

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/route"
)

// testIdempotency: one key makes one resource, whoever asks how often.
func testIdempotency(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	cases := map[string]struct {
		body, other Obj
		status      int
	}{
		"/api/workflows": {Obj{"definition": Obj{"apiq": "1", "name": "Once", "steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}}},
			Obj{"definition": Obj{"apiq": "1", "name": "Other", "steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}}}, 201},
		"/api/apis": {Obj{"name": "Once", "specUrl": shop.URL + "/openapi.json", "authType": "NONE"},
			Obj{"name": "Other", "specUrl": shop.URL + "/openapi.json", "authType": "NONE"}, 201},
	}
	for path, c := range cases {
		count := func() int { return len(items(t, p.Must(200, "GET", path+"?limit=100", nil))) }
		before := count()
		first := p.Must(c.status, "POST", path, c.body, "Idempotency-Key", "key one")
		again := p.Must(c.status, "POST", path, c.body, "Idempotency-Key", "key one")
		if !bytes.Equal(first.Raw, again.Raw) || again.Header.Get("Idempotency-Replayed") != "true" || again.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%s: replay differs:\n%s\n%s", path, first.Raw, again.Raw)
		}
		p.Expect(p.Send("POST", path, c.other, "Idempotency-Key", "key one"), apierr.IdempotencyMismatch, path)
		p.Expect(p.Send("POST", path, c.body, "Idempotency-Key", strings.Repeat("k", 256)), apierr.ValidationFailed, path, "header.Idempotency-Key")
		if n := count(); n != before+1 {
			t.Errorf("%s: %d resources of one key", path, n-before)
		}
		var wg sync.WaitGroup
		bodies := make([]string, 8)
		for i := range bodies {
			wg.Go(func() {
				for {
					a := p.Send("POST", path, c.body, "Idempotency-Key", "key two")
					if a.Status == c.status {
						bodies[i] = string(a.Raw)
						return
					}
					if a.Code != "CONFLICT" {
						t.Errorf("%s at once: %d %s", path, a.Status, a.Raw)
						return
					}
				}
			})
		}
		wg.Wait()
		for _, b := range bodies[1:] {
			if b != bodies[0] {
				t.Errorf("%s at once: two answers:\n%s\n%s", path, b, bodies[0])
			}
		}
		if n := count(); n != before+2 {
			t.Errorf("%s: %d resources of two keys", path, n-before)
		}
		// A refusal is an answer too; the key of one Person means nothing to another.
		refusal := p.Send("POST", path, Obj{"name": ""}, "Idempotency-Key", "key three")
		if b := p.Send("POST", path, Obj{"name": ""}, "Idempotency-Key", "key three"); refusal.Status != 400 || !bytes.Equal(b.Raw, refusal.Raw) {
			t.Errorf("%s: refusals differ: %s %s", path, refusal.Raw, b.Raw)
		}
	}
	other := Register(t, h, "bob")
	a := other.Must(201, "POST", "/api/workflows", cases["/api/workflows"].body, "Idempotency-Key", "key one")
	if a.Header.Get("Idempotency-Replayed") != "" {
		t.Error("another Person got the first one's answer")
	}
	flow := p.Save(Obj{"steps": []any{Obj{"id": "a", "type": "transform", "value": 1}}})
	one := p.Must(202, "POST", "/api/workflows/"+flow+"/execute", Obj{}, "Idempotency-Key", "run")
	two := p.Must(202, "POST", "/api/workflows/"+flow+"/execute", Obj{}, "Idempotency-Key", "run")
	if !bytes.Equal(one.Raw, two.Raw) || len(items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))) != 1 {
		t.Errorf("two runs of one key: %s %s", one.Raw, two.Raw)
	}
}

// testOneRun: of many who start the same run under one key, one does, however
// they come; what a key was used for is not taken for anything else.
func testOneRun(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(Obj{"steps": []any{OrderStep("buy", con, "{% $input.it %}")}})
	at := "/api/workflows/" + flow + "/execute"
	byCookie := p
	byCookie.Token = ""
	const key = "start: one and only / 100 %"
	var mu sync.Mutex
	runs := map[string]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			a := Answer{Code: string(apierr.Conflict)}
			for a.Code == string(apierr.Conflict) {
				if i%2 == 0 {
					a = p.Send("POST", at, Obj{"input": Obj{"it": "o"}}, "Idempotency-Key", key)
				} else {
					a = byCookie.Send("POST", at, Obj{"input": Obj{"it": "o"}}, "Idempotency-Key", key, "Cookie", "x=y; "+sessionCookie+"="+p.Token)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			runs[string(a.Data)]++
		})
	}
	wg.Wait()
	if len(runs) != 1 {
		t.Fatalf("eight starts under one key: %v", runs)
	}
	list := items(t, p.Must(200, "GET", "/api/executions?workflowId="+flow, nil))
	if len(list) != 1 {
		t.Fatalf("%d runs of one key", len(list))
	}
	var run struct{ ID string }
	if err := json.Unmarshal([]byte(list[0]), &run); err != nil {
		t.Fatal(err)
	}
	if e := p.Wait(run.ID); e.Status != "COMPLETED" || shop.Seen("POST /orders o") != 1 {
		t.Errorf("%s %+v, %d orders", e.Status, e.Error, shop.Seen("POST /orders o"))
	}
	other := p.Save(Obj{"steps": []any{ValueStep("v", 1)}})
	for what, a := range map[string]Answer{
		"another input":    p.Send("POST", at, Obj{"input": Obj{"it": "p"}}, "Idempotency-Key", key),
		"another workflow": p.Send("POST", "/api/workflows/"+other+"/execute", Obj{"input": Obj{"it": "o"}}, "Idempotency-Key", key),
	} {
		p.Expect(a, apierr.IdempotencyMismatch, what)
	}
}

// testReplayedRecord: a request that is answered again has happened once, and the
// trail says so.
func testReplayedRecord(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	body := Obj{"definition": document(Obj{"steps": []any{ValueStep("v", 1)}})}
	ids := map[string]bool{}
	for range 3 {
		a := p.Must(201, "POST", "/api/workflows", body, "Idempotency-Key", "thrice")
		ids[a.Header.Get("X-Request-Id")] = true
	}
	told := 0
	for _, r := range p.records() {
		if ids[r.RequestID] {
			told++
		}
	}
	if len(ids) != 3 || told != 1 {
		t.Errorf("%d requests left %d records", len(ids), told)
	}
	// What a key was refused for is refused again, and recorded once too.
	auditor := p.Invite("auditor", route.RoleAuditor)
	for range 2 {
		p.Expect(auditor.Send("POST", "/api/workflows", body, "Idempotency-Key", "thrice"), apierr.Forbidden, "an auditor")
	}
}
