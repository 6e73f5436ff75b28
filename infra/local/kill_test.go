package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

const serveEnv = "APIQ_TEST_SERVE"

// TestMain lets the test binary be the server that a test kills.
func TestMain(m *testing.M) {
	if os.Getenv(serveEnv) != "" {
		os.Exit(run(context.Background(), []string{"serve"}, streams{out: os.Stdout, err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// child is a server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

func startChild(t *testing.T, data string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"=1", "APIQ_ADDR=127.0.0.1:0", "APIQ_DATA="+data, "APIQ_LOG_LEVEL=warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd}
	t.Cleanup(c.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
			c.url = url
			return c
		}
	}
	t.Fatalf("the server said nothing: %v", lines.Err())
	return nil
}

// kill is kill -9, and waits until the process is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
}

// peer is an API with one operation that takes an idempotency key and counts
// its effects. At the request numbered stop it calls reached and never answers.
type peer struct {
	mu       sync.Mutex
	requests int
	effects  map[string]int // by key
	order    []string
	stop     map[int]chan struct{}
}

const peerSpec = `{"openapi":"3.0.3","info":{"title":"Effects","version":"1"},"servers":[{"url":"/"}],"paths":{"/effects":{"post":{
 "operationId":"addEffect","parameters":[{"name":"Idempotency-Key","in":"header","schema":{"type":"string"}}],
 "requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}}},
 "responses":{"201":{"description":"made","content":{"application/json":{"schema":{"type":"object","required":["id","name"],"properties":{"id":{"type":"string"},"name":{"type":"string"}}}}}}}}},
 "/plain":{"post":{"operationId":"addPlain","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}},
 "responses":{"201":{"description":"made","content":{"application/json":{"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}}}}}}}`

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/openapi.json" {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, peerSpec)
		return
	}
	var body struct{ Name string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		key = "no key " + body.Name
	}
	p.mu.Lock()
	p.requests++
	if _, seen := p.effects[key]; !seen || strings.HasPrefix(key, "no key ") {
		p.effects[key]++
		p.order = append(p.order, body.Name)
	}
	reached := p.stop[p.requests]
	p.mu.Unlock()
	if reached != nil {
		close(reached)
		<-r.Context().Done() // the caller is killed before it has an answer
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":%q,"name":%q}`, key, body.Name)
}

func newPeer(t *testing.T, stops ...int) (*peer, string) {
	t.Helper()
	p := &peer{effects: map[string]int{}, stop: map[int]chan struct{}{}}
	for _, n := range stops {
		p.stop[n] = make(chan struct{})
	}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.CloseClientConnections)
	t.Cleanup(srv.Close)
	return p, srv.URL
}

func steps(operation, connection string, n int) []any {
	var out []any
	for i := range n {
		out = append(out, map[string]any{"id": fmt.Sprintf("s%d", i), "type": "api_call", "connection": connection, "operation": operation,
			"body": map[string]any{"name": fmt.Sprintf("effect %d", i)}})
	}
	return out
}

func startRun(t *testing.T, p person, definition map[string]any) string {
	t.Helper()
	var flow struct{ ID string }
	p.must(201, "POST", "/api/workflows", map[string]any{"definition": definition}).into(t, &flow)
	var run struct{ ExecutionID string }
	p.must(202, "POST", "/api/workflows/"+flow.ID+"/execute", map[string]any{}).into(t, &run)
	return run.ExecutionID
}

// TestKill kills the process in the middle of a run of ten steps, three times,
// each while a request is under way: the run completes, and the peer has seen
// each effect once, in order.
func TestKill(t *testing.T) {
	t.Parallel()
	peer, url := newPeer(t, 3, 6, 9)
	data := t.TempDir()
	c := startChild(t, data)
	p := (&server{url: c.url}).register(t, "ada")
	var con struct{ ID string }
	p.must(201, "POST", "/api/apis", map[string]any{"name": "Effects", "specUrl": url + "/openapi.json", "baseUrl": url, "authType": "NONE"}).into(t, &con)
	run := startRun(t, p, map[string]any{"apiq": "1", "name": "Ten effects", "steps": steps("addEffect", con.ID, 10)})
	for _, n := range []int{3, 6, 9} {
		<-peer.stop[n]
		c.kill()
		c = startChild(t, data)
		p.url = c.url
	}
	e := p.wait(run)
	if e.Status != "COMPLETED" || len(e.Steps) != 10 {
		t.Fatalf("run ended %s %+v with %d steps", e.Status, e.Error, len(e.Steps))
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	if len(peer.effects) != 10 {
		t.Errorf("%d effects, want 10: %v", len(peer.effects), peer.effects)
	}
	for i, name := range peer.order {
		if want := fmt.Sprintf("effect %d", i); name != want {
			t.Errorf("effect %d is %q: out of order", i, name)
		}
	}
	if peer.requests != 13 {
		t.Errorf("%d requests, want 13: ten and one more for each kill", peer.requests)
	}
	var v struct{ OK bool }
	p.must(200, "GET", "/api/logs/verify", nil).into(t, &v)
	if !v.OK {
		t.Error("the audit chain does not verify after the kills")
	}
}

// TestKillUnsafe: where the operation takes no key, the process does not guess.
// A person says what became of the request, and no effect is repeated.
func TestKillUnsafe(t *testing.T) {
	t.Parallel()
	peer, url := newPeer(t, 2)
	data := t.TempDir()
	c := startChild(t, data)
	p := (&server{url: c.url}).register(t, "ada")
	var con struct{ ID string }
	p.must(201, "POST", "/api/apis", map[string]any{"name": "Effects", "specUrl": url + "/openapi.json", "baseUrl": url, "authType": "NONE"}).into(t, &con)
	run := startRun(t, p, map[string]any{"apiq": "1", "name": "Three effects", "steps": steps("addPlain", con.ID, 3)})
	<-peer.stop[2]
	c.kill()
	c = startChild(t, data)
	p.url = c.url
	e := p.wait(run, "WAITING")
	if got := e.step(t, "s1"); e.Status != "WAITING" || got != "UNKNOWN" {
		t.Fatalf("run is %s, step s1 %s; want WAITING and UNKNOWN", e.Status, got)
	}
	p.must(200, "POST", "/api/executions/"+run+"/steps/s1/resolve", map[string]any{"decision": "done", "output": map[string]any{"name": "effect 1"}})
	if e = p.wait(run); e.Status != "COMPLETED" {
		t.Fatalf("run ended %s: %+v", e.Status, e.Error)
	}
	peer.mu.Lock()
	defer peer.mu.Unlock()
	if len(peer.order) != 3 {
		t.Errorf("effects %v, want each once", peer.order)
	}
}
