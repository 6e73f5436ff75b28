package hometest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testStepView: what a step shows of its attempts, its value, its kin.
func testStepView(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	shop.Script("GET /items/a", Reply(500, Obj{"message": "one"}), Reply(503, Obj{"message": "two"}, "Retry-After", "0"))
	inner := p.Save(Obj{"name": "Inner", "steps": []any{ValueStep("v", 5)}, "output": "{% $v %}"})
	run := p.Run(Obj{"steps": []any{
		CallStep("item", con, "getItem", "name", "The item", "parameters", Obj{"id": "a"}, "output", "{% $response.body.name %}"),
		Obj{"id": "sub", "type": "workflow", "workflow": inner}}, "output": "{% [$item, $sub] %}"}, nil)
	e := p.Wait(run)
	if e.Status != "COMPLETED" || string(e.Output) != `["Apple",5]` {
		t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
	}
	item := e.Steps[0]
	if item.Attempt != 3 || len(item.Attempts) != 3 || item.Name != "The item" || string(item.Output) != `"Apple"` {
		t.Errorf("item: attempt %d of %d, %q, %s", item.Attempt, len(item.Attempts), item.Name, item.Output)
	}
	for i, a := range item.Attempts {
		want := []string{"failed", "failed", "succeeded"}[i]
		if a.Number != i+1 || a.Status != want || a.EndedAt.IsZero() || len(a.Response) == 0 || (a.Error == nil) != (i == 2) {
			t.Errorf("attempt %d: %+v", i, a)
		}
	}
	var req struct{ Method, URL string }
	var res struct {
		Status int
		Body   struct{ Name string }
	}
	if json.Unmarshal(item.Request, &req) != nil || json.Unmarshal(item.Response, &res) != nil || req.Method != "GET" || req.URL != shop.URL+"/items/a" || res.Status != 200 || res.Body.Name != "Apple" {
		t.Errorf("request %s, response %s", item.Request, item.Response)
	}
	sub := p.Wait(e.Steps[1].ExecutionID)
	if sub.Status != "COMPLETED" || sub.WorkflowID != inner || string(sub.Output) != "5" || string(e.Steps[1].Output) != "5" {
		t.Errorf("nested run %+v of step %+v", sub, e.Steps[1])
	}
	// The live log has each attempt's beginning and end.
	var ev struct {
		Items []struct {
			Type, Status, Path string
			Attempt, HTTP      int
		}
	}
	p.Must(200, "GET", "/api/executions/"+run+"/events?limit=100", nil).Into(t, &ev)
	var told []string
	for _, i := range ev.Items {
		if i.Path == "sub" && i.Status == "WAITING" {
			continue // the nested run may end before its step is seen to wait
		}
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s %d %d", i.Type, i.Path, i.Status, i.Attempt, i.HTTP)))
	}
	want := []string{"run  RUNNING 0 0", "step item RUNNING 0 0", "attempt item started 1 0", "attempt item failed 1 500", "attempt item started 2 0", "attempt item failed 2 503",
		"attempt item started 3 0", "attempt item succeeded 3 200", "step item COMPLETED 0 0", "step sub RUNNING 0 0", "step sub COMPLETED 0 0", "run  COMPLETED 0 0"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// testConcurrency: a loop runs as many items at once as it says, and no more.
func testConcurrency(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	g := NewGate()
	for range 9 {
		shop.Script("GET /items/a", g.Then(shop.Serve))
	}
	run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% $input.ids %}", "as": "x", "maxConcurrency": 3,
		"do": []any{CallStep("one", con, "getItem", "parameters", Obj{"id": "{% $x %}"})}, "collect": "{% $index %}"}}, "output": "{% $each %}"},
		Obj{"ids": slices.Repeat([]string{"a"}, 9)})
	for range 3 {
		Await(t, g.Reached, "a request of the loop")
	}
	close(g.Open)
	if e := p.Wait(run); e.Status != "COMPLETED" || string(e.Output) != "[0,1,2,3,4,5,6,7,8]" {
		t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
	}
	if shop.most != 3 {
		t.Errorf("%d requests at once, want 3", shop.most)
	}
}
