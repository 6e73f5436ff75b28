package hometest

import (
	"net/http"
	"sync"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testSettings: how an API wants to be called is part of its connection. With a header
// for idempotency keys what would be a person's to decide is repeated; what the API says of its
// limits is kept to, and shown.
func testSettings(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL, "settings", Obj{"maxInFlight": 2})
	at := "/api/apis/" + con
	p.Refused(apierr.ValidationFailed, "PUT", at, Obj{"settings": Obj{"requestsPerSecond": -1}}, "/settings/requestsPerSecond")
	p.Refused(apierr.ValidationFailed, "PUT", at, Obj{"settings": Obj{"expiredWhen": "{% $input %}"}}, "/settings/expiredWhen")
	p.Must(200, "PUT", at, Obj{"settings": Obj{"idempotencyKey": Obj{"header": "X-Once"}, "expiredWhen": "{% $response.body.error = 'expired' %}"}})
	var op struct{ Effect string }
	if p.Must(200, "GET", at+"/endpoints/createOrder", nil).Into(t, &op); op.Effect != "keyed" {
		t.Errorf("effect %s", op.Effect)
	}
	var mu sync.Mutex
	var keys []string
	noted := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			keys = append(keys, r.Header.Get("X-Once"))
			mu.Unlock()
			next(w, r)
		}
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	limited := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "7")
		w.Header().Set("X-RateLimit-Reset", "3600")
		shop.Serve(w, r)
	}
	shop.Script("POST /orders", noted(cut), noted(limited))
	buy := CallStep("buy", con, "createOrder", "body", Obj{"item": "once"})
	if e := p.Wait(p.Run(Obj{"steps": []any{buy}}, nil)); e.Status != "COMPLETED" || len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] {
		t.Errorf("%s %+v with keys %q", e.Status, e.Error, keys)
	}
	var c struct {
		Settings struct {
			MaxInFlight    int
			IdempotencyKey struct{ Header string }
		}
		Limits struct {
			Quotas []struct{ Limit, Remaining float64 }
		}
	}
	p.Must(200, "GET", at, nil).Into(t, &c)
	if c.Settings.IdempotencyKey.Header != "X-Once" || c.Settings.MaxInFlight != 0 {
		t.Errorf("%+v: new settings replace all", c.Settings)
	}
	if len(c.Limits.Quotas) != 1 || c.Limits.Quotas[0].Limit != 100 || c.Limits.Quotas[0].Remaining != 7 {
		t.Errorf("limits %+v", c.Limits)
	}
	shop.Script("GET /items/a", Reply(200, Obj{"error": "expired"}))
	look := CallStep("look", con, "getItem", "parameters", Obj{"id": "a"})
	if e := p.Wait(p.Run(Obj{"steps": []any{look}}, nil)); e.Status != "FAILED" || e.Error == nil || e.Error.Name != "Auth.Reauthorize" {
		t.Errorf("%s %+v", e.Status, e.Error)
	}
}
