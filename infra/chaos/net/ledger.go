package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// The effect classes, by the names of the document's operations.
const (
	safe       = "safe"
	idempotent = "idempotent"
	keyed      = "keyed"
	unsafe     = "unsafe"
)

func classes() []string { return []string{safe, idempotent, keyed, unsafe} }

// ledger is what has arrived at a server, by class and name of the thing.
type ledger struct {
	mu   sync.Mutex
	byID map[string]*account
}

// account is what has arrived for one thing.
type account struct {
	arrived int
	keys    map[string]bool
}

func newLedger() *ledger { return &ledger{byID: map[string]*account{}} }

// note takes down a request that has arrived as a whole, and gives the thing's name.
func (l *ledger) note(r *http.Request) (name string, err error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	class := safe
	name, isThing := strings.CutPrefix(r.URL.Path, "/things/")
	switch {
	case isThing && r.Method == http.MethodPut:
		class = idempotent
	case !isThing:
		var thing struct{ Name string }
		if err := json.Unmarshal(raw, &thing); err != nil {
			return "", err
		}
		if name, class = thing.Name, unsafe; r.URL.Path == "/keyed" {
			class = keyed
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.byID[class+" "+name]
	if a == nil {
		a = &account{keys: map[string]bool{}}
		l.byID[class+" "+name] = a
	}
	a.arrived++
	a.keys[r.Header.Get("Idempotency-Key")] = true
	return name, nil
}

// of tells how many requests have arrived for a thing, and how many effects they had.
func (l *ledger) of(class, name string) (arrived, effects int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.byID[class+" "+name]
	if a == nil {
		return 0, 0
	}
	switch class {
	case safe:
		return a.arrived, 0
	case idempotent:
		return a.arrived, 1
	case keyed:
		return a.arrived, len(a.keys)
	}
	return a.arrived, a.arrived
}
