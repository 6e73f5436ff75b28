package hometest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// testReplay: what a run ran is run again, as a run of its own.
func testReplay(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	definition := func(output string) Obj {
		return document(Obj{"input": Obj{"type": "object", "required": []string{"item"}, "properties": Obj{"item": Obj{"type": "string"}}},
			"steps": []any{OrderStep("buy", con, "{% $input.item %}")}, "output": output})
	}
	flow := p.Save(definition("{% $buy.id %}"))
	first := p.Start(flow, Obj{"item": "one"})
	p.Wait(first)
	p.Must(200, "PUT", "/api/workflows/"+flow, Obj{"definition": definition("{% 'now ' & $buy.id %}")})
	at := "/api/executions/" + first + "/replay"
	for _, c := range []struct {
		body    Obj
		output  string
		version int64
	}{
		{Obj{}, `"o-one"`, 1},
		{Obj{"input": Obj{"item": "two"}}, `"o-two"`, 1},
		{Obj{"version": 2}, `"now o-one"`, 2},
		{Obj{"version": 2, "input": Obj{"item": "three"}}, `"now o-three"`, 2},
	} {
		var run struct{ ExecutionID string }
		p.Must(202, "POST", at, c.body).Into(t, &run)
		if e := p.Wait(run.ExecutionID); e.Status != "COMPLETED" || string(e.Output) != c.output || e.Version != c.version || e.ReplayOf != first {
			t.Errorf("%v: %s %s, version %d, replay of %q", c.body, e.Status, e.Output, e.Version, e.ReplayOf)
		}
		p.recorded(run.ExecutionID, "execution.replay")
	}
	if one, two, three := shop.Seen("POST /orders one"), shop.Seen("POST /orders two"), shop.Seen("POST /orders three"); one != 3 || two != 1 || three != 1 {
		t.Errorf("orders: %d, %d and %d", one, two, three)
	}
	if e := p.Execution(first); e.Status != "COMPLETED" || len(e.Steps) != 1 || e.ReplayOf != "" {
		t.Errorf("the run itself has become %s %+v", e.Status, e.Steps)
	}
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": Obj{"item": 1}}, "/input/item")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": nil}, "/input/item")
	p.Refused(apierr.NotFound, "POST", at, Obj{"version": 9})
	p.Must(200, "DELETE", "/api/workflows/"+flow, nil)
	p.Refused(apierr.NotFound, "POST", at, Obj{})
}

// testRunFile: a run is taken out as one file, with what it ran and what is too large
// for its steps.
func testRunFile(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	note := strings.Repeat("long ", 20<<10)
	shop.Script("GET /items/a", Reply(503, Obj{}, "Retry-After", "0"), Reply(200, Obj{"id": "a", "name": "Apple", "price": 1, "note": note}))
	definition := Obj{"steps": []any{CallStep("item", con, "getItem", "parameters", Obj{"id": "a"}, "output", "{% $response.body.name %}"),
		ValueStep("v", "{% $item & $input.x %}")}, "output": "{% $v %}"}
	flow := p.Save(definition)
	run := p.Start(flow, Obj{"x": "!"})
	p.Wait(run)
	type file struct {
		Format   string
		Run      Execution
		Workflow *struct {
			ID         string
			Version    int64
			Definition struct{ Steps []struct{ ID string } }
		}
		Machine struct{ StartAt string }
		Log     []struct {
			Seq  int64
			Type string
		}
		Bodies []struct {
			Blob, Text string
			Bytes      int64
		}
	}
	load := func() (f file) {
		a := p.Must(200, "GET", "/api/executions/"+run+"/export", nil)
		if a.media() != "application/json" || a.Header.Get("Content-Disposition") != fmt.Sprintf("attachment; filename=%q", run+".json") {
			t.Errorf("%v", a.Header)
		}
		if err := json.Unmarshal(a.Raw, &f); err != nil {
			t.Fatalf("%v: %s", err, a.Raw)
		}
		return f
	}
	f := load()
	if f.Format != "apiq-run/1" || f.Run.ID != run || string(f.Run.Output) != `"Apple!"` || string(f.Run.Input) != `{"x":"!"}` || len(f.Run.Steps) != 2 || len(f.Run.Steps[0].Attempts) != 2 {
		t.Errorf("%+v", f.Run)
	}
	if f.Workflow == nil || f.Workflow.ID != flow || f.Workflow.Version != 1 || len(f.Workflow.Definition.Steps) != 2 || f.Machine.StartAt == "" {
		t.Errorf("%+v %+v", f.Workflow, f.Machine)
	}
	if n := len(f.Log); n < 6 || f.Log[0].Seq != 1 || f.Log[n-1].Seq != int64(n) || f.Log[n-1].Type != "run" {
		t.Errorf("%+v", f.Log)
	}
	if len(f.Bodies) != 1 || !strings.Contains(f.Bodies[0].Text, note) || f.Bodies[0].Bytes != int64(len(f.Bodies[0].Text)) ||
		!strings.Contains(string(f.Run.Steps[0].Response), f.Bodies[0].Blob) {
		t.Errorf("%.300v", f.Bodies)
	}
	p.Must(200, "DELETE", "/api/workflows/"+flow, nil)
	if f := load(); f.Workflow != nil || f.Machine.StartAt == "" {
		t.Errorf("of a workflow that was removed: %+v", f.Workflow)
	}
}

// testRemoveRun: what has ended can be removed, whole.
func testRemoveRun(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(Obj{"steps": []any{OrderStep("buy", con, "d1"), Obj{"id": "ask", "type": "approval", "message": "?"}}})
	run, other := p.Start(flow, nil), p.Start(flow, nil)
	p.Wait(run, "WAITING")
	p.Wait(other, "WAITING")
	p.Refused(apierr.Conflict, "DELETE", "/api/executions/"+run, nil)
	p.cancel(run)
	p.Wait(run)
	p.insist("DELETE", "/api/executions/"+run, nil)
	p.recorded(run, "execution.delete")
	for _, at := range []string{"", "/events", "/export"} {
		p.Refused(apierr.NotFound, "GET", "/api/executions/"+run+at, nil)
	}
	for _, at := range []string{"/retry", "/cancel"} {
		p.Refused(apierr.NotFound, "POST", "/api/executions/"+run+at, nil)
	}
	p.Refused(apierr.NotFound, "DELETE", "/api/executions/"+run, nil)
	var listed []Execution
	p.Must(200, "GET", "/api/executions", nil).Into(t, &listed)
	if len(listed) != 1 || listed[0].ID != other {
		t.Errorf("%+v", listed)
	}
	p.approve(other)
	if e := p.Wait(other); e.Status != "COMPLETED" {
		t.Errorf("the other run is %s %+v", e.Status, e.Error)
	}
	p.Verified()
}

// retried is the answer to a retry of many.
type retried struct {
	Accepted []string
	Refused  []struct{ ID, Code, Detail string }
	Next     time.Time
}

// testRetryAll: many failed runs go on from where they stopped; asked twice, it does
// nothing twice.
func testRetryAll(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	const all, at = 6, "/api/executions/retry"
	save := func() string {
		return p.Save(Obj{"steps": []any{OrderStep("buy", con, "{% $input.it %}"), CallStep("look", con, "getItem", "parameters", Obj{"id": "a"})}})
	}
	flow, other := save(), save()
	gone := make([]http.HandlerFunc, all+1)
	for i := range gone {
		gone[i] = Reply(400, Obj{})
	}
	shop.Script("GET /items/a", gone...)
	failed := make([]string, all)
	for i := range failed {
		failed[i] = p.Start(flow, Obj{"it": fmt.Sprintf("r%d", i)})
	}
	elsewhere := p.Start(other, Obj{"it": "elsewhere"})
	for _, run := range append(slices.Clone(failed), elsewhere) {
		if e := p.Wait(run); e.Status != "FAILED" {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
	}
	good := p.Start(flow, Obj{"it": "good"})
	p.Wait(good)
	ask := func(body Obj) (got retried) {
		p.Must(200, "POST", at, body).Into(t, &got)
		return got
	}
	second := p.Execution(failed[1]).CreatedAt
	if got := ask(Obj{"workflowId": flow, "until": second}); !slices.Equal(got.Accepted, failed[:1]) || len(got.Refused) != 0 || !got.Next.IsZero() {
		t.Errorf("before the second: %+v", got)
	}
	p.Wait(failed[0])
	if got := ask(Obj{"workflowId": flow, "since": second, "until": second.Add(1)}); !slices.Equal(got.Accepted, failed[1:2]) {
		t.Errorf("the second: %+v", got)
	}
	none := "exe_0190aaaa-0000-7000-8000-000000000000"
	if got := ask(Obj{"ids": []string{failed[2], good, none}}); !slices.Equal(got.Accepted, failed[2:3]) || len(got.Refused) != 2 ||
		got.Refused[0].ID != good || got.Refused[0].Code != "CONFLICT" || got.Refused[1].Code != "NOT_FOUND" || got.Refused[1].Detail == "" {
		t.Errorf("by id: %+v", got)
	}
	p.Wait(failed[1])
	p.Wait(failed[2])
	newest := slices.Clone(failed[3:])
	slices.Reverse(newest)
	if got := ask(Obj{"workflowId": flow, "status": "FAILED"}); !slices.Equal(got.Accepted, newest) || len(got.Refused) != 0 || !got.Next.IsZero() {
		t.Errorf("all: %+v", got)
	}
	for i, run := range failed {
		if e := p.Wait(run); e.Status != "COMPLETED" || shop.Seen(fmt.Sprintf("POST /orders r%d", i)) != 1 {
			t.Errorf("%s: %s %+v, ordered %d times", run, e.Status, e.Error, shop.Seen(fmt.Sprintf("POST /orders r%d", i)))
		}
		p.recorded(run, "execution.retry")
	}
	if got := ask(Obj{"workflowId": flow}); len(got.Accepted)+len(got.Refused) != 0 {
		t.Errorf("again: %+v", got)
	}
	if e := p.Execution(elsewhere); e.Status != "FAILED" {
		t.Errorf("the run of another workflow is %s", e.Status)
	}
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"status": "COMPLETED"}, "/status")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"ids": []string{}}, "/ids")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"ids": failed[:1], "workflowId": flow}, "/ids")
}

// testReplayAll: many failed runs are run again from their first step, as runs of their own.
func testReplayAll(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(Obj{"steps": []any{OrderStep("buy", con, "{% $input.it %}"), CallStep("look", con, "getItem", "parameters", Obj{"id": "a"})}})
	shop.Script("GET /items/a", Reply(400, Obj{}), Reply(400, Obj{}), Reply(400, Obj{}))
	failed := make([]string, 3)
	for i := range failed {
		failed[i] = p.Start(flow, Obj{"it": fmt.Sprintf("p%d", i)})
		if e := p.Wait(failed[i]); e.Status != "FAILED" {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
	}
	var got retried
	p.Must(200, "POST", "/api/executions/replay", Obj{"workflowId": flow}).Into(t, &got)
	slices.Reverse(failed)
	if !slices.Equal(got.Accepted, failed) || len(got.Refused) != 0 || !got.Next.IsZero() {
		t.Errorf("%+v", got)
	}
	var listed []Execution
	p.Must(200, "GET", "/api/executions?workflowId="+flow, nil).Into(t, &listed)
	of := map[string]int{}
	for _, run := range listed {
		if run.ReplayOf == "" {
			continue
		}
		of[run.ReplayOf]++
		if e := p.Wait(run.ID); e.Status != "COMPLETED" {
			t.Errorf("%s is %s %+v", e.ID, e.Status, e.Error)
		}
		p.recorded(run.ID, "execution.replay")
	}
	for i, run := range failed {
		item := fmt.Sprintf("POST /orders p%d", len(failed)-1-i)
		if of[run] != 1 || p.Execution(run).Status != "FAILED" || shop.Seen(item) != 2 {
			t.Errorf("%s was run again %d times, and ordered %d times", run, of[run], shop.Seen(item))
		}
	}
	p.Refused(apierr.ValidationFailed, "POST", "/api/executions/replay", Obj{"ids": failed[:1], "workflowId": flow}, "/ids")
}

// recorded: the trail has one record of an action on a resource, and it is the person's.
func (p Person) recorded(resource, action string) {
	p.t.Helper()
	var found []trailRecord
	p.Must(200, "GET", "/api/logs?resource="+resource+"&action="+action, nil).Into(p.t, &found)
	if len(found) != 1 || found[0].Outcome != "done" || found[0].Actor != p.ID {
		p.t.Errorf("%s of %s is recorded as %+v", action, resource, found)
	}
}
