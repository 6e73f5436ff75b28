package hometest

import (
	"net/http"
	"strings"
	"testing"
)

// testReconcile: a peer loses answers, and a declared read finds out what became of the
// requests; where it cannot tell, a person is asked, and told what is known.
func testReconcile(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	lose := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, c := range []struct {
		name, item string
		lost       int // answers to orders
		read       http.HandlerFunc
		orders     int
		status     string
		output     string
		message    string
	}{
		{"it happened", "a", 1, nil, 1, "COMPLETED", `"found a"`, ""},
		{"it did not", "none", 1, nil, 2, "COMPLETED", `"o-none"`, ""},
		{"it does not tell", "b", 1, Reply(200, Obj{}), 1, "WAITING", "", "That does not tell."},
		{"it may not be asked", "c", 1, Reply(403, Obj{}), 1, "WAITING", "", "403"},
		{"it never happens", "gone", 4, nil, 4, "WAITING", "", "3 times"},
	} {
		t.Run(c.name, func(t *testing.T) { // one after the other: the shop scripts by path
			p := p.With(t)
			for range c.lost {
				shop.Script("POST /orders", lose)
			}
			if c.read != nil {
				shop.Script("GET /items/"+c.item, c.read)
			}
			step := CallStep("buy", con, "createOrder", "body", Obj{"item": "{% $it %}"}, "reconcile", Obj{
				"operation": "getItem", "parameters": Obj{"id": "{% $it %}"}, "afterSeconds": 0,
				"found":  "{% $response.status = 404 ? false : $response.body.id = $it ? true : null %}",
				"output": Obj{"id": "{% 'found ' & $response.body.id %}"}})
			run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% [$input.item] %}", "as": "it", "do": []any{step}}}, "output": "{% $each[0].id %}"}, Obj{"item": c.item})
			e := p.Wait(run, "WAITING")
			const path = "each[0]/buy"
			if e.Status != c.status || string(e.Output) != c.output || shop.Seen("POST /orders "+c.item) != c.orders {
				t.Fatalf("%s %s %+v, %d orders", e.Status, e.Output, e.Steps, shop.Seen("POST /orders "+c.item))
			}
			buy, reads := e.Steps[1], 0
			for _, a := range buy.Attempts {
				if a.Reconcile {
					reads++
				}
			}
			if want := min(c.lost, 3); reads != want || !strings.Contains(string(buy.Request), "POST") {
				t.Errorf("%d reads, want %d; the step's request is %s", reads, want, buy.Request)
			}
			if a := p.Must(200, "GET", "/api/executions/"+run+"/events?limit=100", nil); !strings.Contains(string(a.Raw), "the API is asked what became of it") {
				t.Errorf("the log does not say that the API was asked: %s", a.Raw)
			}
			if c.message == "" {
				return
			}
			if e.Step(t, path) != "UNKNOWN" || !strings.Contains(buy.Message, c.message) || !strings.Contains(buy.Message, "POST (attempt ") {
				t.Errorf("%+v", buy)
			}
			p.poll("the question in the inbox", func() bool { return p.waitsFor(run, path) })
			p.decide(run, path, Obj{"decision": "done", "output": Obj{"id": "by hand"}})
			if e := p.Wait(run); e.Status != "COMPLETED" || string(e.Output) != `"by hand"` {
				t.Errorf("%s %s %+v", e.Status, e.Output, e.Error)
			}
		})
	}
}
