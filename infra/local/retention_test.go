package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/table"
)

// TestRetention: of a run that is old nothing is left in the table or among the
// objects; a run that waits goes on.
func TestRetention(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startBare(t, data, nil)
	p := hometest.Register(t, s, "ada")
	shop := hometest.NewShop(t)
	con := p.Connect("Shop", shop.URL)
	shop.Script("GET /items/a", hometest.Reply(http.StatusOK, hometest.Obj{"id": "a", "name": strings.Repeat("long ", 40_000), "price": 1}))
	get := hometest.CallStep("get", con, "getItem", "parameters", hometest.Obj{"id": "a"}, "output", "{% $response.body.price %}")
	large := p.Run(hometest.Obj{"steps": []any{get}}, nil)
	failed := p.Run(hometest.Obj{"steps": []any{hometest.Obj{"id": "no", "type": "fail", "error": "No", "cause": "no"}}}, nil)
	waits := p.Run(hometest.Obj{"steps": []any{get, hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}}, nil)
	child := active(p, hometest.Obj{"steps": []any{hometest.ValueStep("v", 1)}})
	parent := p.Run(hometest.Obj{"steps": []any{hometest.Obj{"id": "sub", "type": "workflow", "workflow": child, "input": hometest.Obj{}},
		hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}}, nil)
	for run, status := range map[string]string{large: "COMPLETED", failed: "FAILED", waits: "WAITING", parent: "WAITING"} {
		if e := p.Wait(run, status); e.Status != status {
			t.Fatalf("%s %+v", e.Status, e.Error)
		}
	}
	var kind struct{ Items []struct{ Kind string } }
	p.Must(200, "PUT", "/api/admin/retention", hometest.Obj{"items": []hometest.Obj{{"kind": "runs", "days": 1}}}).Into(t, &kind)
	if len(kind.Items) < 6 || kind.Items[0].Kind != "runs" {
		t.Errorf("%+v", kind)
	}
	p.Refused(apierr.ValidationFailed, "PUT", "/api/admin/retention", hometest.Obj{"items": []hometest.Obj{{"kind": "plans", "days": 31}}}, "/items/0/days")
	s.stop()
	h := opened(t, data)
	ctx := in(t, p)
	kept := func(run string) (items, objects int) {
		for _, pk := range []string{"EXE#" + run, "ENGINE#" + run, "EXEGONE"} {
			for _, err := range h.store.All(ctx, table.Query{PK: pk}) {
				if err != nil {
					t.Fatal(err)
				}
				items++
			}
		}
		for _, err := range h.blobs.All(ctx, "executions/"+run+"/") {
			if err != nil {
				t.Fatal(err)
			}
			objects++
		}
		return items, objects
	}
	if items, objects := kept(large); items < 4 || objects == 0 {
		t.Fatalf("a run has %d items and %d objects: there is nothing to remove", items, objects)
	}
	if _, err := h.runs.Sweep(t.Context(), "", 1000); err != nil { // what the process that was stopped may have left undone
		t.Fatal(err)
	}
	if err := h.expiry(one(p.Workspace), nil).Everywhere(t.Context()); err != nil {
		t.Fatal(err)
	}
	if items, _ := kept(large); items == 0 {
		t.Fatal("a run of today was removed")
	}
	later := func() time.Time { return time.Now().Add(25 * time.Hour) }
	if err := h.expiry(one(p.Workspace), later).Everywhere(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, run := range []string{large, failed} {
		if items, objects := kept(run); items+objects > 0 {
			t.Errorf("%d items and %d objects are left", items, objects)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := startBare(t, data, nil)
	p = p.At(again)
	p.Must(404, "GET", "/api/executions/"+large, nil)
	// The run that a step of this one started is gone: this one can be stopped all the same, and is settled.
	nested := p.Execution(parent).Steps[0].ExecutionID
	p.Must(404, "GET", "/api/executions/"+nested, nil)
	p.Must(200, "POST", "/api/executions/"+parent+"/cancel", nil)
	if e := p.Wait(parent); e.Status != "CANCELLED" {
		t.Errorf("%s %+v", e.Status, e.Error)
	}
	p.Must(200, "POST", hometest.DecisionPath(waits, "ask"), hometest.Obj{"decision": "approve"})
	if e := p.Wait(waits); e.Status != "COMPLETED" {
		t.Errorf("%s %+v", e.Status, e.Error)
	}
	p.Verified()
	again.stop()
	h = opened(t, data)
	if _, err := h.runs.Sweep(t.Context(), "", 1000); err != nil {
		t.Errorf("a run cannot be settled: %v", err)
	}
}

// TestRetentionBounds: the operator's setting is a number of days, and no workspace keeps
// runs for longer.
func TestRetentionBounds(t *testing.T) {
	t.Parallel()
	s := startBare(t, t.TempDir(), map[string]string{"APIQ_KEEP_RUNS_DAYS": "30"})
	p := hometest.Register(t, s, "ada")
	p.Refused(apierr.ValidationFailed, "PUT", "/api/admin/retention", hometest.Obj{"items": []hometest.Obj{{"kind": "runs", "days": 31}}}, "/items/0/days")
	p.Must(200, "PUT", "/api/admin/retention", hometest.Obj{"items": []hometest.Obj{{"kind": "runs", "days": 30}}})
	for _, days := range []string{"-1", "36501", "x"} {
		if _, err := boot.Load(map[string]string{"APIQ_KEEP_RUNS_DAYS": days}); err == nil || !strings.Contains(err.Error(), "APIQ_KEEP_RUNS_DAYS") {
			t.Errorf("%s: %v", days, err)
		}
	}
}

// one is a list of one workspace.
type one string

func (o one) Workspaces(_ context.Context, _ string, _ int) ([]string, string, error) {
	return []string{string(o)}, "", nil
}
