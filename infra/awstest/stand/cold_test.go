package stand_test

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/infra/awstest/fleet"
	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/route"
)

// BenchmarkCold prints what a cold start costs, for each function that one walk
// through the product calls, which are not all: the time from the start of the process to its first
// answer, the memory that it took, its size zipped. `make bench/cold` makes a table
// of it.
func BenchmarkCold(b *testing.B) {
	payloads := &recorder{first: map[string][]byte{}}
	home := stand.Start(b, stand.Options{Invoked: payloads.note})
	walk(b, home)
	for _, f := range route.Functions() {
		payload, ok := payloads.of(f.ID)
		if !ok { // the table is of those that are called, and says how many they are
			b.Logf("%s: the walk does not call it", f.ID)
			continue
		}
		b.Run(f.ID, func(b *testing.B) {
			var all []fleet.Cold
			for b.Loop() {
				c, err := home.Fleet.Cold(b.Context(), f.ID, payload)
				if err != nil {
					b.Fatal(err)
				}
				all = append(all, c)
			}
			slices.SortFunc(all, func(a, b fleet.Cold) int { return int(a.Took - b.Took) })
			var memory int64
			for _, c := range all {
				memory = max(memory, c.Resident)
			}
			b.ReportMetric(0, "ns/op") // it holds the end of the process, which nobody waits for
			b.ReportMetric(float64(all[len(all)/2].Took)/float64(time.Millisecond), "p50-ms")
			b.ReportMetric(float64(all[len(all)*9/10].Took)/float64(time.Millisecond), "p90-ms")
			b.ReportMetric(float64(memory)/(1<<20), "MB")
			// As it is deployed: for arm64, by make build/functions.
			b.ReportMetric(zipped(b, filepath.Join(stand.Binaries(b), "..", "functions", f.ID, "bootstrap")), "zip-MB")
		})
	}
}

// recorder keeps the first payload of each function.
type recorder struct {
	mu    sync.Mutex
	first map[string][]byte
}

func (r *recorder) note(function string, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first[function] == nil {
		r.first[function] = slices.Clone(payload)
	}
}

func (r *recorder) of(function string) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	payload, ok := r.first[function]
	return payload, ok
}

// walk calls most routes once, and lets runs call the rest.
func walk(t testing.TB, home *stand.Stand) {
	p := hometest.Register(t, home, "ada")
	shop := hometest.NewShop(t)
	con := p.Connect("Shop", shop.URL)
	flow := p.Save(hometest.Obj{"steps": []any{hometest.CallStep("look", con, "listItems")}})
	done := p.Start(flow, nil)
	p.Wait(done)
	inner := p.Save(hometest.Obj{"name": "Inner", "steps": []any{hometest.ValueStep("v", 1)}})
	asks := p.Run(hometest.Obj{"name": "Asks", "steps": []any{
		hometest.Obj{"id": "sub", "type": "workflow", "workflow": inner},
		hometest.Obj{"id": "ask", "type": "approval", "message": "?"}, hometest.OrderStep("buy", con, "a")}}, nil)
	p.Wait(asks, "WAITING")
	for _, path := range []string{
		"/api/health", "/api/openapi.json", "/api/schemas/workflow.json", "/api/auth/me", "/api/users", "/api/apis", "/api/apis/" + con, "/api/apis/" + con + "/endpoints?q=items",
		"/api/apis/" + con + "/endpoints/listItems", "/api/workflows", "/api/workflows/" + flow, "/api/workflows/" + flow + "/versions", "/api/workflows/" + flow + "/export?format=asl",
		"/api/workflows/" + flow + "/triggers", "/api/executions", "/api/executions/" + done, "/api/executions/" + done + "/events", "/api/logs", "/api/logs/verify", "/api/logs/export?format=csv",
		"/api/admin/spec-cache", "/api/stats",
	} {
		p.Must(http.StatusOK, "GET", path, nil)
	}
	p.Must(http.StatusNotFound, "GET", "/api/nothing", nil)
	p.Must(http.StatusOK, "POST", "/api/apis/"+con+"/test", hometest.Obj{})
	p.Must(http.StatusOK, "POST", "/api/apis/"+con+"/refresh", hometest.Obj{})
	p.Must(http.StatusOK, "POST", "/api/apis/"+con+"/endpoints/listItems/try", hometest.Obj{})
	p.Must(http.StatusOK, "POST", "/api/chat", hometest.Obj{"message": "list the items"})
	p.Must(http.StatusOK, "POST", hometest.DecisionPath(asks, "ask"), hometest.Obj{"decision": "approve"})
	p.Wait(asks)
	p.Must(http.StatusOK, "PUT", "/api/workflows/"+flow, hometest.Obj{"status": "ACTIVE"})
	p.Must(http.StatusCreated, "POST", "/api/workflows/"+flow+"/triggers", hometest.Obj{"type": "event", "event": "order.placed"})
	p.Must(http.StatusAccepted, "POST", "/api/events", hometest.Obj{"name": "order.placed", "data": hometest.Obj{}})
	home.Bus.Wait()
	p.Must(http.StatusOK, "POST", "/api/workflows/"+flow+"/rollback", hometest.Obj{"version": 1})
	p.Must(http.StatusCreated, "POST", "/api/users/invite", hometest.Obj{"email": "bob@example.com", "role": "USER"})
	stopped := p.Run(hometest.Obj{"name": "Stops", "steps": []any{hometest.Obj{"id": "w", "type": "wait", "seconds": 3600}}}, nil)
	p.Must(http.StatusOK, "POST", "/api/executions/"+stopped+"/cancel", hometest.Obj{})
	p.Must(http.StatusOK, "POST", "/api/executions/"+stopped+"/retry", hometest.Obj{})
	for name, input := range map[string]string{"nightly-drift": "{}", "key-rotation": "{}", "audit-archive": "{}"} {
		if status, out := home.Machine(t, name, input); status != "SUCCEEDED" {
			t.Fatalf("%s: %s %s", name, status, out)
		}
	}
	// What is refused is an answer too, and comes as late as another.
	for _, q := range []string{
		"PATCH /api/users/usr_none", "PUT /api/apis/con_none", "DELETE /api/apis/con_none", "POST /api/apis/con_none/approve", "DELETE /api/workflows/wfl_none",
		"POST /api/workflows/import", "GET /api/workflows/wfl_none/triggers/trg_none", "GET /api/workflows/wfl_none/triggers/trg_none/deliveries",
		"PATCH /api/workflows/wfl_none/triggers/trg_none", "DELETE /api/workflows/wfl_none/triggers/trg_none", "POST /hooks/trg_none",
		"DELETE /api/admin/spec-cache", "POST /api/chat/execute",
	} {
		method, path, _ := strings.Cut(q, " ")
		var body any
		if method != "GET" && method != "DELETE" {
			body = hometest.Obj{}
		}
		p.Send(method, path, body)
	}
	for function, payload := range map[string]string{
		"task-spec-import": `{"op":"import","workspace":"` + p.Workspace + `","connection":"con_none","at":"2026-01-01T00:00:00Z","attempt":1}`, "task-migrate": `{}`,
		"event-schedule": `{"workspace":"` + p.Workspace + `","trigger":"trg_none","revision":"x","at":"2026-01-01T00:00:00Z"}`,
		"event-webhook":  `{"detail":{"id":"x","name":"nobody.listens","workspace":"` + p.Workspace + `","at":"2026-01-01T00:00:00Z","data":{}}}`,
	} {
		if _, err := home.Fleet.Invoke(t.Context(), function, []byte(payload)); err != nil {
			t.Fatalf("%s: %v", function, err)
		}
	}
	p.Must(http.StatusOK, "POST", "/api/auth/logout", hometest.Obj{})
	p.Must(http.StatusOK, "POST", "/api/auth/login", hometest.Obj{"email": p.Email, "password": "correct horse battery"})
}

// zipped is the size of a deployment package, in MB.
func zipped(t testing.TB, path string) float64 {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var n counter
	z := zip.NewWriter(&n)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	w, err := z.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(w, in)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(fmt.Errorf("zip: %w", err))
	}
	return float64(n) / (1 << 20)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
