package main

import (
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

//go:embed openapi.json
var document string //nolint:gochecknoglobals // embedded

// peer is a server without faults, which also hands out the document of all.
type peer struct {
	*httptest.Server
	*ledger
	open sync.WaitGroup // connections
}

func newPeer() *peer {
	p := &peer{ledger: newLedger()}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.answer))
	p.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			p.open.Add(1)
		case http.StateClosed, http.StateHijacked:
			p.open.Done()
		case http.StateActive, http.StateIdle:
		}
	}
	p.Start()
	return p
}

// bulk makes an answer that takes its time where the way is narrow.
const bulk = 64 << 10

func (p *peer) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/openapi.json" {
		_, _ = w.Write([]byte(document))
		return
	}
	name, err := p.note(r)
	if err != nil {
		panic(http.ErrAbortHandler) // it came in part only
	}
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"name": name, "pad": strings.Repeat("x", bulk)})
}

// address is where it listens.
func (p *peer) address() string { return p.Listener.Addr().String() }
