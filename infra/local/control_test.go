package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// TestCancel: it stops before the next request, and cuts none in flight.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	t.Run("in flight", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		g := newGate()
		shop.script("POST /orders", g.then(shop.serve))
		run := p.run(obj{"steps": []any{order("one", con, "c1"), order("two", con, "c2")}}, nil)
		await(t, g.reached, "the request")
		p.must(200, "POST", "/api/executions/"+run+"/cancel", nil)
		p.refused(apierr.Conflict, "POST", "/api/executions/"+run+"/cancel", nil)
		if e := p.wait(run); e.Status != "CANCELLED" || e.step(t, "one") != "CANCELLED" {
			t.Fatalf("%s %+v", e.Status, e.Steps)
		}
		close(g.open) // the request is answered: the journal knows, the run stays cancelled
		for i := 0; ; i++ {
			e := p.execution(run)
			if a := e.Steps[0].Attempts; len(a) == 1 && a[0].Status == "succeeded" {
				break
			}
			if i > 500 {
				t.Fatalf("the answer of a request in flight was lost: %+v", e.Steps[0])
			}
			time.Sleep(10 * time.Millisecond) // it is answered after the run's end: no event tells
		}
		// Retried, it takes the answer that there is and goes on.
		p.must(200, "POST", "/api/executions/"+run+"/retry", nil)
		if e := p.wait(run); e.Status != "COMPLETED" || shop.seen("POST /orders c1") != 1 || shop.seen("POST /orders c2") != 1 {
			t.Errorf("%s %+v, orders %d and %d", e.Status, e.Error, shop.seen("POST /orders c1"), shop.seen("POST /orders c2"))
		}
	})
	t.Run("a timer", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		run := p.run(obj{"steps": []any{obj{"id": "w", "type": "wait", "seconds": 3600}, order("never", con, "c9")}}, nil)
		e := p.until(run, func(e execution1) bool { return len(e.Steps) > 0 })
		if e.Status != "RUNNING" || e.step(t, "w") != "WAITING" || time.Until(e.Steps[0].ResumesAt) < 50*time.Minute {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.must(200, "POST", "/api/executions/"+run+"/cancel", nil)
		if e := p.wait(run); e.Status != "CANCELLED" || e.step(t, "w") != "CANCELLED" || e.CompletedAt.IsZero() {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
		p.must(200, "POST", "/api/executions/"+run+"/retry", nil)
		if e := p.execution(run); e.Status != "RUNNING" || e.step(t, "w") != "WAITING" || !e.CompletedAt.IsZero() {
			t.Errorf("retried: %s %+v", e.Status, e.Steps)
		}
		p.must(200, "POST", "/api/executions/"+run+"/cancel", nil)
	})
	t.Run("a nested run", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		inner := p.save(obj{"name": "Inner", "steps": []any{obj{"id": "ask", "type": "approval", "message": "?"}, order("buy", con, "c5")}})
		run := p.run(obj{"steps": []any{obj{"id": "sub", "type": "workflow", "workflow": inner}}}, nil)
		e := p.until(run, func(e execution1) bool { return len(e.Steps) > 0 && e.Steps[0].ExecutionID != "" })
		child := e.Steps[0].ExecutionID
		if e := p.wait(child, "WAITING"); e.Status != "WAITING" {
			t.Fatalf("nested run is %s", e.Status)
		}
		p.must(200, "POST", "/api/executions/"+run+"/cancel", nil)
		if e := p.wait(child); e.Status != "CANCELLED" {
			t.Errorf("the nested run is %s", e.Status)
		}
		p.refused(apierr.Conflict, "POST", pathOf(child, "ask"), obj{"decision": "approve"})
		if e := p.wait(run); e.Status != "CANCELLED" || e.step(t, "sub") != "CANCELLED" {
			t.Errorf("%s %+v", e.Status, e.Steps)
		}
	})
	t.Run("a nested run that is cancelled fails its step", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		inner := p.save(obj{"name": "Inner", "steps": []any{obj{"id": "ask", "type": "approval", "message": "?"}}})
		run := p.run(obj{"steps": []any{obj{"id": "sub", "type": "workflow", "workflow": inner}}}, nil)
		e := p.until(run, func(e execution1) bool { return len(e.Steps) > 0 && e.Steps[0].ExecutionID != "" })
		p.wait(e.Steps[0].ExecutionID, "WAITING")
		p.must(200, "POST", "/api/executions/"+e.Steps[0].ExecutionID+"/cancel", nil)
		if e := p.wait(run); e.Status != "FAILED" || e.Error.Name != "Run.Cancelled" {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
	})
	t.Run("a run that has ended", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		run := p.run(obj{"steps": []any{value("v", 1)}}, nil)
		p.wait(run)
		p.refused(apierr.Conflict, "POST", "/api/executions/"+run+"/cancel", nil)
		p.refused(apierr.Conflict, "POST", "/api/executions/"+run+"/retry", nil)
	})
}

// until follows a run until it is as wanted.
func (p person) until(run string, is func(execution1) bool) execution1 {
	p.t.Helper()
	for after, end := int64(0), time.Now().Add(30*time.Second); ; {
		e := p.execution(run)
		if is(e) {
			return e
		}
		if time.Now().After(end) {
			p.t.Fatalf("run %s is %s: %+v", run, e.Status, e.Steps)
		}
		var ev struct{ Next int64 }
		p.must(200, "GET", fmt.Sprintf("/api/executions/%s/events?wait=1&after=%d", run, after), nil).into(p.t, &ev)
		after = ev.Next
	}
}

// TestRetry goes on from the failed step; what has finished is not repeated.
func TestRetry(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	t.Run("in a row", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		shop.script("GET /items/a", reply(400, obj{}), reply(400, obj{}))
		run := p.run(obj{"steps": []any{order("first", con, "r1"), callStep("second", con, "getItem", "parameters", obj{"id": "a"}), order("third", con, "r3")},
			"output": "{% $first.id & $second.name & $third.id %}"}, nil)
		for n := 1; n <= 2; n++ {
			e := p.wait(run)
			if e.Status != "FAILED" || e.Error.Name != "Http.400" || e.step(t, "first") != "COMPLETED" || e.step(t, "second") != "FAILED" || len(e.Steps) != 2 || e.Steps[1].Attempt != n {
				t.Fatalf("%d: %s %+v %+v", n, e.Status, e.Error, e.Steps)
			}
			p.must(200, "POST", "/api/executions/"+run+"/retry", nil)
		}
		e := p.wait(run)
		if e.Status != "COMPLETED" || string(e.Output) != `"o-r1Appleo-r3"` || e.Error != nil || e.Steps[1].Attempt != 3 || e.Steps[1].Error != nil {
			t.Errorf("%s %s %+v %+v", e.Status, e.Output, e.Error, e.Steps[1])
		}
		if a, c := shop.seen("POST /orders r1"), shop.seen("POST /orders r3"); a != 1 || c != 1 {
			t.Errorf("orders: %d and %d", a, c)
		}
	})
	t.Run("in a loop", func(t *testing.T) {
		t.Parallel()
		p := p
		p.t = t
		shop.script("GET /items/b", reply(400, obj{}))
		run := p.run(obj{"steps": []any{obj{"id": "each", "type": "loop", "over": "{% ['x','y','z'] %}", "as": "it", "do": []any{
			callStep("buy", con, "createOrder", "body", obj{"item": "{% 'l' & $it %}"}),
			obj{"id": "if", "type": "condition", "if": "{% $it = 'y' %}", "then": []any{callStep("look", con, "getItem", "parameters", obj{"id": "b"})}, "else": []any{}}},
			"collect": "{% $buy.id %}"}}, "output": "{% $each %}"}, nil)
		e := p.wait(run)
		want := map[string]string{"each": "FAILED", "each[0]/buy": "COMPLETED", "each[0]/if": "COMPLETED", "each[1]/buy": "COMPLETED", "each[1]/if": "FAILED", "each[1]/look": "FAILED"}
		for path, status := range want {
			if got := e.step(t, path); got != status {
				t.Errorf("%s is %s, want %s", path, got, status)
			}
		}
		if e.Status != "FAILED" || len(e.Steps) != len(want) {
			t.Fatalf("%s %+v", e.Status, e.Steps)
		}
		p.must(200, "POST", "/api/executions/"+run+"/retry", nil)
		e = p.wait(run)
		if e.Status != "COMPLETED" || string(e.Output) != `["o-lx","o-ly","o-lz"]` {
			t.Fatalf("%s %s %+v", e.Status, e.Output, e.Error)
		}
		for _, st := range e.Steps {
			if st.Status != "COMPLETED" || st.Error != nil {
				t.Errorf("%s is %s %+v", st.Path, st.Status, st.Error)
			}
		}
		for _, it := range []string{"lx", "ly", "lz"} {
			if n := shop.seen("POST /orders " + it); n != 1 {
				t.Errorf("%s ordered %d times", it, n)
			}
		}
	})
}

// TestUnknown: an unsafe request without an answer is a person's to decide.
func TestUnknown(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	cases := []struct {
		name, decision string
		output         any
		onError        any
		status, step   string
		orders         int // of the item, all told
		want           string
	}{
		{"retry", "retry", nil, nil, "COMPLETED", "COMPLETED", 2, `"o-%s"`},
		{"done", "done", obj{"id": "by hand"}, nil, "COMPLETED", "COMPLETED", 1, `"by hand"`},
		{"done without output", "done", nil, nil, "COMPLETED", "COMPLETED", 1, ""},
		{"fail", "fail", nil, nil, "FAILED", "FAILED", 1, ""},
		{"fail, continue", "fail", nil, "continue", "COMPLETED", "CONTINUED", 1, ""},
		{"fail, steps", "fail", nil, []any{value("instead", obj{"id": "second best"})}, "COMPLETED", "CONTINUED", 1, `"second best"`},
	}
	var scripted sync.Mutex // one cut at a time: the shop scripts by path
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := p
			p.t = t
			item := fmt.Sprintf("u%d", i)
			step := callStep("buy", con, "createOrder", "body", obj{"item": "{% $it %}"})
			if c.onError != nil {
				step["onError"] = c.onError
			}
			scripted.Lock()
			shop.script("POST /orders", cut)
			run := p.run(obj{"steps": []any{obj{"id": "each", "type": "loop", "over": "{% [$input.item] %}", "as": "it", "do": []any{step}}}, "output": "{% $each[0].id %}"}, obj{"item": item})
			e := p.wait(run, "WAITING")
			scripted.Unlock()
			const path = "each[0]/buy"
			if e.Status != "WAITING" || e.step(t, path) != "UNKNOWN" || e.Steps[1].Attempts[0].Status != "unknown" || e.Steps[1].Message == "" {
				t.Fatalf("%s %+v", e.Status, e.Steps)
			}
			p.refused(apierr.ValidationFailed, "POST", pathOf(run, path), obj{"decision": "approve"}, "/decision")
			p.refused(apierr.ValidationFailed, "POST", pathOf(run, path), obj{"decision": "retry", "output": 1}, "/output")
			p.refused(apierr.PayloadTooLarge, "POST", pathOf(run, path), obj{"decision": "done", "output": strings.Repeat("x", 201<<10)})
			p.refused(apierr.Conflict, "POST", pathOf(run, "buy"), obj{"decision": "done"})
			p.refused(apierr.Conflict, "POST", pathOf(run, "each[9]/buy"), obj{"decision": "done"})
			body := obj{"decision": c.decision}
			if c.output != nil {
				body["output"] = c.output
			}
			p.must(200, "POST", pathOf(run, path), body)
			e = p.wait(run)
			if want := c.want; want != "" {
				if strings.Contains(want, "%s") {
					want = fmt.Sprintf(want, item)
				}
				if string(e.Output) != want {
					t.Errorf("output %s, want %s", e.Output, want)
				}
			}
			if e.Status != c.status || e.step(t, path) != c.step || shop.seen("POST /orders "+item) != c.orders {
				t.Errorf("%s %+v, step %s, %d requests", e.Status, e.Error, e.step(t, path), shop.seen("POST /orders "+item))
			}
		})
	}
}

// TestEvents: whoever asks in whatever pieces sees every event once, in order.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), nil)
	p := s.register(t, "ada")
	shop := newShop(t)
	con := p.connect("Shop", shop.url)
	run := p.run(obj{"steps": []any{obj{"id": "each", "type": "loop", "over": "{% [1..30] %}", "as": "n", "maxConcurrency": 6,
		"do": []any{callStep("look", con, "getItem", "parameters", obj{"id": "a"}), value("v", "{% $n %}")}}}}, nil)
	logs := make([]string, 6)
	var wg sync.WaitGroup
	for i := range logs {
		wg.Go(func() {
			var all strings.Builder
			var after, last int64
			for done := false; !done; {
				var ev struct {
					Items        []json.RawMessage
					Next         int64
					Done         bool
					RetryAfterMs *int64
				}
				p.must(200, "GET", fmt.Sprintf("/api/executions/%s/events?after=%d&wait=%d&limit=%d", run, after, i%3, 1+i*17), nil).into(t, &ev)
				for _, raw := range ev.Items {
					var e struct{ Seq int64 }
					if err := json.Unmarshal(raw, &e); err != nil || e.Seq != last+1 {
						t.Errorf("poller %d: event %d after %d (%v)", i, e.Seq, last, err)
						return
					}
					last = e.Seq
					all.Write(raw)
				}
				if ev.Next != last || ev.RetryAfterMs == nil {
					t.Errorf("poller %d: next %d after event %d", i, ev.Next, last)
					return
				}
				after, done = ev.Next, ev.Done
				time.Sleep(time.Duration(*ev.RetryAfterMs) * time.Millisecond) // as the contract asks of pollers
			}
			logs[i] = all.String()
		})
	}
	wg.Wait()
	for i := range logs {
		if logs[i] == "" || logs[i] != logs[0] {
			t.Errorf("poller %d saw another log (%d bytes, the first %d)", i, len(logs[i]), len(logs[0]))
		}
	}
	if e := p.execution(run); e.Status != "COMPLETED" || len(e.Steps) != 61 {
		t.Errorf("%s with %d steps", e.Status, len(e.Steps))
	}
	for query, path := range map[string]string{"after=-1": "query.after", "after=x": "query.after", "wait=-1": "query.wait", "limit=0": "query.limit", "limit=9999": "query.limit", "wait=1e3": "query.wait"} {
		p.refused(apierr.ValidationFailed, "GET", "/api/executions/"+run+"/events?"+query, nil, path)
	}
	var beyond struct {
		Items []any
		Done  bool
		Next  int64
	}
	p.must(200, "GET", "/api/executions/"+run+"/events?after=99999&wait=3600", nil).into(t, &beyond)
	if beyond.Items == nil || len(beyond.Items) != 0 || !beyond.Done || beyond.Next != 99999 {
		t.Errorf("beyond the end: %+v", beyond)
	}
	p.refused(apierr.ValidationFailed, "GET", "/api/executions?status=DONE", nil, "query.status")
	for status, n := range map[string]int{"COMPLETED": 1, "FAILED": 0, "WAITING": 0} {
		if got := len(items(t, p.must(200, "GET", "/api/executions?status="+status, nil))); got != n {
			t.Errorf("%d runs are %s", got, status)
		}
	}
	if got := len(items(t, p.must(200, "GET", "/api/executions?workflowId=wfl_nothing", nil))); got != 0 {
		t.Errorf("%d runs of a workflow that is not there", got)
	}
}
