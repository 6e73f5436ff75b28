package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const shopSpec = `{"openapi":"3.0.3","info":{"title":"Shop","version":"1"},"servers":[{"url":"/"}],"paths":{
"/items":{"get":{"operationId":"listItems","responses":{"200":{"description":"all","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Item"}}}}}}}},
"/items/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
 "get":{"operationId":"getItem","responses":{"200":{"description":"one","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Item"}}}}}},
 "put":{"operationId":"putItem","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","properties":{"name":{"type":"string"}}}}}},"responses":{"200":{"description":"changed"}}},
 "delete":{"operationId":"deleteItem","responses":{"204":{"description":"gone"}}}},
"/orders":{"post":{"operationId":"createOrder","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["item"],"properties":{"item":{"type":"string"},"quantity":{"type":"integer","minimum":1}}}}}},
 "responses":{"201":{"description":"made","content":{"application/json":{"schema":{"type":"object","required":["id","item"],"properties":{"id":{"type":"string"},"item":{"type":"string"}}}}}}}}}},
"components":{"schemas":{"Item":{"type":"object","required":["id","name","price"],"properties":{"id":{"type":"string"},"name":{"type":"string"},"price":{"type":"number"}}}}}}`

// shop is a small real API. What it does at a path can be scripted: each request
// there takes the next answer, and after the last the shop's own.
type shop struct {
	url string

	mu      sync.Mutex
	log     []string // "POST /orders a"
	scripts map[string][]http.HandlerFunc
	active  int // requests under way, and the most there were
	most    int
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{scripts: map[string][]http.HandlerFunc{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	s.url = srv.URL
	return s
}

// script adds answers to a path, such as "GET /items/a".
func (s *shop) script(at string, handlers ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[at] = append(s.scripts[at], handlers...)
}

// seen counts the requests whose line in the log begins so.
func (s *shop) seen(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, line := range s.log {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

func (s *shop) take(r *http.Request, line string) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, line)
	s.active++
	s.most = max(s.most, s.active)
	at := r.Method + " " + r.URL.Path
	if all := s.scripts[at]; len(all) > 0 {
		s.scripts[at] = all[1:]
		return all[0]
	}
	return s.serve
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/openapi.json" {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, shopSpec)
		return
	}
	var order struct{ Item string }
	line := r.Method + " " + r.URL.Path
	if raw, _ := io.ReadAll(r.Body); len(raw) > 0 {
		_ = json.Unmarshal(raw, &order) // what is no order has no item
		line += " " + order.Item
	}
	h := s.take(r, line)
	defer func() {
		s.mu.Lock()
		s.active--
		s.mu.Unlock()
	}()
	r.Header.Set("X-Item", order.Item)
	h(w, r)
}

// serve is the shop itself: items a (10), b (250) and c (30).
func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	items := []map[string]any{{"id": "a", "name": "Apple", "price": 10}, {"id": "b", "name": "Book", "price": 250}, {"id": "c", "name": "Cup", "price": 30}}
	id := strings.TrimPrefix(r.URL.Path, "/items/")
	at := slices.IndexFunc(items, func(i map[string]any) bool { return i["id"] == id })
	switch {
	case r.URL.Path == "/items":
		reply(200, items)(w, r)
	case r.URL.Path == "/orders":
		reply(201, map[string]any{"id": "o-" + r.Header.Get("X-Item"), "item": r.Header.Get("X-Item")})(w, r)
	case at < 0:
		reply(404, map[string]any{"message": "no such item"})(w, r)
	case r.Method == "DELETE":
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(200, items[at])(w, r)
	}
}

// reply answers with JSON.
func reply(status int, body any, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

// gate holds requests: each that comes tells reached, and goes on when opened.
type gate struct {
	reached chan string
	open    chan struct{}
}

func newGate() *gate { return &gate{reached: make(chan string, 100), open: make(chan struct{})} }

func (g *gate) then(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.reached <- r.URL.Path
		select {
		case <-g.open:
			next(w, r)
		case <-r.Context().Done():
		}
	}
}

// await fails the test when nothing comes.
func await[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}

// connect connects an API by its spec's address; more sets further fields.
func (p person) connect(name, url string, more ...any) string {
	p.t.Helper()
	body := map[string]any{"name": name, "specUrl": url + "/openapi.json", "baseUrl": url, "authType": "NONE"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	var con struct{ ID string }
	p.must(201, "POST", "/api/apis", body).into(p.t, &con)
	return con.ID
}

// save makes a workflow of steps.
func (p person) save(definition map[string]any) string {
	p.t.Helper()
	definition["apiq"] = "1"
	if definition["name"] == nil {
		definition["name"] = "W"
	}
	var flow struct{ ID string }
	p.must(201, "POST", "/api/workflows", map[string]any{"definition": definition}).into(p.t, &flow)
	return flow.ID
}

// start runs a workflow.
func (p person) start(flow string, input any) string {
	p.t.Helper()
	var run struct{ ExecutionID string }
	p.must(202, "POST", "/api/workflows/"+flow+"/execute", map[string]any{"input": input}).into(p.t, &run)
	return run.ExecutionID
}

// run saves and runs.
func (p person) run(definition map[string]any, input any) string {
	p.t.Helper()
	return p.start(p.save(definition), input)
}

func (p person) execution(id string) execution1 {
	p.t.Helper()
	var e execution1
	p.must(200, "GET", "/api/executions/"+id, nil).into(p.t, &e)
	return e
}
