package hometest

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
)

// Shop is a small real API. What it does at a path can be scripted: each request
// there takes the next answer, and after the last the shop's own.
type Shop struct {
	URL string

	document string
	mu       sync.Mutex
	log      []string // "POST /orders a"
	scripts  map[string][]http.HandlerFunc
	active   int // requests under way, and the most there were
	most     int
}

// NewShop opens a shop on loopback until the test ends.
func NewShop(t testing.TB) *Shop {
	t.Helper()
	return newShop(t, ShopDocument())
}

// newOrders opens a shop whose document tells how orders are taken back.
func newOrders(t testing.TB) *Shop {
	t.Helper()
	return newShop(t, read("orders.json"))
}

func newShop(t testing.TB, document string) *Shop {
	t.Helper()
	s := &Shop{document: document, scripts: map[string][]http.HandlerFunc{}}
	s.URL = source(t, s.ServeHTTP)
	return s
}

// Script adds answers to a path, such as "GET /items/a".
func (s *Shop) Script(at string, handlers ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[at] = append(s.scripts[at], handlers...)
}

// Seen counts the requests whose line in the log begins so.
func (s *Shop) Seen(prefix string) int {
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

// Lines are the requests whose line in the log begins so, in order.
func (s *Shop) Lines(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []string{}
	for _, line := range s.log {
		if strings.HasPrefix(line, prefix) {
			out = append(out, strings.TrimSpace(strings.TrimPrefix(line, prefix)))
		}
	}
	return out
}

func (s *Shop) take(r *http.Request, line string) http.HandlerFunc {
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
	return s.Serve
}

// ServeHTTP notes the request and answers by script, or as the shop does.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/openapi.json" {
		text("application/json", s.document)(w, r)
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

// Serve is the shop itself: items a (10), b (250) and c (30).
func (s *Shop) Serve(w http.ResponseWriter, r *http.Request) {
	stock := []Obj{{"id": "a", "name": "Apple", "price": 10}, {"id": "b", "name": "Book", "price": 250}, {"id": "c", "name": "Cup", "price": 30}}
	id := strings.TrimPrefix(r.URL.Path, "/items/")
	at := slices.IndexFunc(stock, func(i Obj) bool { return i["id"] == id })
	switch {
	case r.URL.Path == "/items":
		Reply(200, stock)(w, r)
	case r.URL.Path == "/orders":
		Reply(201, Obj{"id": "o-" + r.Header.Get("X-Item"), "item": r.Header.Get("X-Item")})(w, r)
	case strings.HasPrefix(r.URL.Path, "/orders/") && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case strings.HasPrefix(r.URL.Path, "/orders/"):
		Reply(201, Obj{})(w, r)
	case at < 0:
		Reply(404, Obj{"message": "no such item"})(w, r)
	case r.Method == "DELETE":
		w.WriteHeader(http.StatusNoContent)
	default:
		Reply(200, stock[at])(w, r)
	}
}

// Reply answers with JSON.
func Reply(status int, body any, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

// Gate holds requests: each that comes tells Reached, and goes on when opened.
type Gate struct {
	Reached chan string
	Open    chan struct{}
}

// NewGate makes a closed gate.
func NewGate() *Gate { return &Gate{Reached: make(chan string, 100), Open: make(chan struct{})} }

// Then is the gate before a handler.
func (g *Gate) Then(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		g.Reached <- r.URL.Path
		select {
		case <-g.Open:
			next(w, r)
		case <-r.Context().Done():
		}
	}
}

// source serves one handler until the test ends.
func source(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	return srv.URL
}

func text(media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = io.WriteString(w, body)
	}
}

// newEcho serves an API that tells what it was asked, with two cookies of its own.
func newEcho(t testing.TB) string {
	t.Helper()
	return source(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/openapi.json" {
			text("application/yaml", echoDocument())(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("Set-Cookie", "one=1; Path=/")
		w.Header().Add("Set-Cookie", "two=2; Path=/; Expires=Fri, 01 Jan 2100 00:00:00 GMT")
		w.Header().Set("X-Echo", r.Header.Get("Authorization")+r.Header.Get("X-Key")+r.Header.Get("X-Custom"))
		Reply(200, Obj{"method": r.Method, "path": r.URL.EscapedPath(), "query": r.URL.RawQuery, "trace": r.Header.Get("X-Trace"), "body": string(body),
			"auth": r.Header.Get("Authorization"), "key": r.Header.Get("X-Key"), "custom": r.Header.Get("X-Custom"), "lines": fmt.Sprint(len(r.Header.Values("X-Trace")))})(w, r)
	})
}
