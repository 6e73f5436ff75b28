package hometest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
)

// testEvents: whoever asks in whatever pieces sees every event once, in order.
func testEvents(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	con := p.Connect("Shop", shop.URL)
	run := p.Run(Obj{"steps": []any{Obj{"id": "each", "type": "loop", "over": "{% [1..30] %}", "as": "n", "maxConcurrency": 6,
		"do": []any{CallStep("look", con, "getItem", "parameters", Obj{"id": "a"}), ValueStep("v", "{% $n %}")}}}}, nil)
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
				p.Must(200, "GET", fmt.Sprintf("/api/executions/%s/events?after=%d&wait=%d&limit=%d", run, after, i%3, 1+i*17), nil).Into(t, &ev)
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
				p.pause(time.Duration(*ev.RetryAfterMs) * time.Millisecond)
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
	if e := p.Execution(run); e.Status != "COMPLETED" || len(e.Steps) != 61 {
		t.Errorf("%s with %d steps", e.Status, len(e.Steps))
	}
	for query, path := range map[string]string{"after=-1": "query.after", "after=x": "query.after", "wait=-1": "query.wait", "limit=0": "query.limit", "limit=9999": "query.limit", "wait=1e3": "query.wait"} {
		p.Refused(apierr.ValidationFailed, "GET", "/api/executions/"+run+"/events?"+query, nil, path)
	}
	var beyond struct {
		Items []any
		Done  bool
		Next  int64
	}
	p.Must(200, "GET", "/api/executions/"+run+"/events?after=99999&wait=3600", nil).Into(t, &beyond)
	if beyond.Items == nil || len(beyond.Items) != 0 || !beyond.Done || beyond.Next != 99999 {
		t.Errorf("beyond the end: %+v", beyond)
	}
	p.Refused(apierr.ValidationFailed, "GET", "/api/executions?status=DONE", nil, "query.status")
	for status, n := range map[string]int{"COMPLETED": 1, "FAILED": 0, "WAITING": 0} {
		if got := len(items(t, p.Must(200, "GET", "/api/executions?status="+status, nil))); got != n {
			t.Errorf("%d runs are %s", got, status)
		}
	}
	if got := len(items(t, p.Must(200, "GET", "/api/executions?workflowId=wfl_nothing", nil))); got != 0 {
		t.Errorf("%d runs of a workflow that is not there", got)
	}
}
