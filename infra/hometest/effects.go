package hometest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// effects is an API with one operation that takes an idempotency key and counts
// its effects, and one that takes none. At the request numbered stop it tells so
// and never answers.
type effects struct {
	URL string

	mu       sync.Mutex
	requests int
	byKey    map[string]int
	order    []string
	stop     map[int]chan struct{}
}

func newEffects(t testing.TB, stops ...int) *effects {
	t.Helper()
	e := &effects{byKey: map[string]int{}, stop: map[int]chan struct{}{}}
	for _, n := range stops {
		e.stop[n] = make(chan struct{})
	}
	e.URL = source(t, e.ServeHTTP)
	return e
}

func (e *effects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/openapi.json" {
		text("application/json", read("effects.json"))(w, r)
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
	if reached := e.note(key, body.Name); reached != nil {
		close(reached)
		<-r.Context().Done() // the caller is killed before it has an answer
		return
	}
	Reply(http.StatusCreated, Obj{"id": key, "name": body.Name})(w, r)
}

// note counts a request, and its effect where it has one.
func (e *effects) note(key, name string) chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests++
	if _, seen := e.byKey[key]; !seen || strings.HasPrefix(key, "no key ") {
		e.byKey[key]++
		e.order = append(e.order, name)
	}
	return e.stop[e.requests]
}

// steps are n calls of an operation, in a row.
func (e *effects) steps(operation, connection string, n int) []any {
	var out []any
	for i := range n {
		out = append(out, CallStep(fmt.Sprintf("s%d", i), connection, operation, "body", Obj{"name": fmt.Sprintf("effect %d", i)}))
	}
	return out
}
