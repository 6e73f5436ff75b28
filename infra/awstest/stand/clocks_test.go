package stand_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
)

// TestClocks: a schedule becomes one of EventBridge Scheduler's, each of its times
// starts one run though it is handed over twice, and a workflow that is switched off
// takes its clock along.
func TestClocks(t *testing.T) {
	t.Parallel()
	home := stand.Start(t, stand.Options{Twice: true})
	p := hometest.Register(t, home, "ada")
	flow := p.Save(hometest.Obj{"name": "Each minute", "steps": []any{hometest.ValueStep("v", 1)}})
	at := "/api/workflows/" + flow
	p.Must(http.StatusOK, "PUT", at, hometest.Obj{"status": "ACTIVE"})
	var made struct{ ID string }
	p.Must(http.StatusCreated, "POST", at+"/triggers", hometest.Obj{"type": "schedule", "cron": "* * * * *"}).Into(t, &made)
	if names := home.Clock(t); len(names) != 1 {
		t.Fatalf("schedules: %v", names)
	}
	// The functions' clock is the real one: times ahead of it by some minutes are due all the same.
	home.Clocks.Advance(home.Clocks.Now().Add(3 * time.Minute))
	var told []struct{ Status, ExecutionID string }
	p.Must(http.StatusOK, "GET", at+"/triggers/"+made.ID+"/deliveries", nil).Into(t, &told)
	runs := map[string]bool{}
	for _, d := range told {
		if d.Status != "started" {
			t.Errorf("%+v", d)
		}
		if e := p.Wait(d.ExecutionID); e.Status != "COMPLETED" {
			t.Errorf("%s %+v", e.Status, e.Error)
		}
		runs[d.ExecutionID] = true
	}
	var all []struct{ ID string }
	p.Must(http.StatusOK, "GET", "/api/executions?workflowId="+flow, nil).Into(t, &all)
	if len(told) != 3 || len(runs) != 3 || len(all) != 3 {
		t.Errorf("%d deliveries, %d runs of theirs, %d runs in three minutes", len(told), len(runs), len(all))
	}
	p.Must(http.StatusOK, "PUT", at, hometest.Obj{"status": "INACTIVE"})
	if names := home.Clock(t); len(names) != 0 {
		t.Errorf("switched off, but %v", names)
	}
}
