package stand_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Lines that AWS writes by itself, in bytes: the access log for a request, Lambda's
// REPORT for an invocation.
const (
	accessLine = 250
	reportLine = 350
)

// peerTime is how long the API takes for an answer.
const peerTime = 250 * time.Millisecond

// BenchmarkConsumption counts what a brief run uses of each service: a plan of two
// reads, started through the API and looked at when it is over. With APIQ_CONSUMPTION it
// puts the counts of one run into that file, which infra/cdk/price reads.
func BenchmarkConsumption(b *testing.B) {
	meter := &stand.Meter{}
	home := stand.Start(b, stand.Options{Meter: meter})
	p := hometest.Register(b, home, "ada")
	shop := hometest.NewShop(b)
	// An API far away: what a call costs is mostly waiting for it.
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(peerTime)
		shop.ServeHTTP(w, r)
	}))
	defer far.Close()
	con := p.Connect("Shop", far.URL)
	flow := p.Save(hometest.Obj{"steps": []any{
		hometest.CallStep("all", con, "listItems"),
		hometest.Obj{"id": "one", "type": "api_call", "connection": con, "operation": "getItem", "parameters": hometest.Obj{"id": "{% $all[0].id %}"}},
	}})
	for range 10 { // environments are warm after these
		p.Wait(p.Start(flow, nil))
	}
	before := home.TableBytes(b)
	meter.Take()
	runs, lasted := 0.0, time.Duration(0)
	for b.Loop() {
		run := p.Start(flow, nil)
		ended(b, home, p, run)
		e := p.Execution(run)
		if e.Status != "COMPLETED" {
			b.Fatalf("%s %+v", e.Status, e.Error)
		}
		runs++
		lasted += e.CompletedAt.Sub(e.Steps[0].StartedAt)
	}
	used := meter.Take()
	delete(used.Functions, "event-resume") // its schedule is not the run's
	delete(used.Functions, "event-mail")
	per := perRun(used, runs)
	per["tableBytes"] = float64(home.TableBytes(b)-before) / runs
	per["expressMs"] = float64(lasted.Milliseconds()) / runs
	for _, name := range []string{"readUnits", "writeUnits", "logBytes", "tableBytes"} {
		b.ReportMetric(per[name].(float64), name+"/op")
	}
	if path := os.Getenv("APIQ_CONSUMPTION"); path != "" {
		if err := into(path, per, int(runs)); err != nil {
			b.Fatal(err)
		}
	}
}

// ended waits for a run's end by the record itself, which counts for nothing.
func ended(b *testing.B, home *stand.Stand, p hometest.Person, run string) {
	b.Helper()
	records, ctx := home.Records(), tenant.With(b.Context(), p.Workspace)
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(home.Patience()); time.Now().Before(end); <-ticks.C {
		r, _, err := table.GetJSON[struct{ Status execution.Status }](ctx, records, table.Key{PK: "EXE", SK: run})
		if err != nil {
			b.Fatal(err)
		}
		if r.Status.Ended() {
			return
		}
	}
	b.Fatal("the run did not end")
}

func perRun(c stand.Consumption, runs float64) map[string]any {
	functions, invocations := map[string]any{}, 0.0
	for id, use := range c.Functions {
		functions[id] = map[string]any{"invocations": float64(use.Invocations) / runs, "ms": float64(use.Took.Milliseconds()) / runs}
		invocations += float64(use.Invocations) / runs
	}
	return map[string]any{
		"functions": functions, "requests": float64(c.Requests) / runs, "readUnits": c.ReadUnits / runs, "writeUnits": c.WriteUnits / runs,
		"s3Puts": float64(c.S3Puts) / runs, "s3Gets": float64(c.S3Gets) / runs, "keyRequests": float64(c.KeyRequests) / runs, "events": float64(c.Events) / runs,
		"express":  float64(c.Express) / runs,
		"logBytes": (float64(c.LogBytes)+accessLine*float64(c.Requests))/runs + reportLine*invocations,
	}
}

// into replaces what was measured; what a stand cannot tell (bytes at the edge,
// traces) stays as it was estimated.
func into(path string, per map[string]any, runs int) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	run, ok := all["run"].(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no run", path)
	}
	for name, value := range per {
		run[name] = value
	}
	run["what"] = "a brief plan of two reads, started through the API and looked at once when it is over"
	all["estimate"], all["date"] = false, time.Now().UTC().Format(time.DateOnly)
	all["how"] = fmt.Sprintf("make price/measure: %d runs with the real binaries on %d cores, an API that takes 250 ms, DynamoDB Local's capacity units, each delivery of the express log by itself; with %d bytes a request and %d an invocation for AWS's own lines. Estimated: bytes at the edge and to APIs, traces, upkeep",
		runs, runtime.NumCPU(), accessLine, reportLine)
	if raw, err = json.MarshalIndent(all, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
