package hometest

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
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
