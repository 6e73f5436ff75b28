package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/effect"
)

//go:embed peer.json
var peerDocument []byte

// refusedName is how the names of requests end that the peer refuses.
const refusedName = ".refused"

// request is one that the peer has heard.
type request struct {
	class effect.Class
	name  string
	key   string
	// took: it had its effect. Of a key the first one has.
	took bool
}

// peer is the API that runs call. It lives in the driver's process and counts what it
// was asked, and what effects that had: nothing of it is lost with a kill.
type peer struct {
	url   string
	traps *traps
	srv   *http.Server
	// knock comes on a connection of its own each time.
	knock *http.Client

	mu      sync.Mutex
	heard   []request
	keys    map[string]string // name by key
	faults  []string
	open    map[net.Conn]bool
	changed chan struct{} // closed when a connection closes
}

func newPeer(t *traps) (*peer, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &peer{url: "http://" + listener.Addr().String(), traps: t, keys: map[string]string{}, open: map[net.Conn]bool{}, changed: make(chan struct{}),
		knock: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	p.srv = &http.Server{Handler: p, ConnState: p.connection} //nolint:gosec // nobody slow comes here
	go func() { _ = p.srv.Serve(listener) }()                 // until close
	return p, nil
}

func (p *peer) close() { _ = p.srv.Close() }

// ServeHTTP notes a request before it has its effect, and answers with its name.
func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/openapi.json" {
		_, _ = w.Write(peerDocument)
		return
	}
	req, ok := read(r)
	if !ok {
		http.NotFound(w, r) // a knock
		return
	}
	caught := p.traps.step(atRequest, atHalf, atAnswer)
	p.note(req, caught == nil || caught.at != atRequest || caught.effect)
	status, body := http.StatusOK, fmt.Appendf(nil, `{"name":%q}`, req.name)
	switch {
	case strings.HasSuffix(req.name, refusedName):
		status = http.StatusUnprocessableEntity
	case r.Method == http.MethodPost:
		status = http.StatusCreated
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	if caught == nil {
		w.WriteHeader(status)
		_, _ = w.Write(body) // who asked may be dead
		return
	}
	if caught.at != atRequest {
		if caught.at == atHalf {
			body = body[:len(body)/2]
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
		_ = http.NewResponseController(w).Flush()
	}
	close(caught.sprung)
	if caught.at != atAnswer {
		<-r.Context().Done() // until its caller is dead
	}
}

// read tells what a request is.
func read(r *http.Request) (request, bool) {
	var body struct{ Name string }
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return request{}, false // its caller was killed while it sent
	}
	_ = json.Unmarshal(raw, &body) // a GET has none
	q := request{name: body.Name, key: r.Header.Get("Idempotency-Key")}
	if name, ok := strings.CutPrefix(r.URL.Path, "/things/"); ok {
		q.name, q.class = name, effect.Safe
		if r.Method == http.MethodPut {
			q.class = effect.Idempotent
		}
		return q, q.class == effect.Safe || name == body.Name
	}
	switch r.URL.Path {
	case "/orders":
		q.class = effect.Keyed
	case "/notes":
		q.class = effect.Unsafe
	}
	return q, q.class != ""
}

// note counts a request, and its effect unless it is to have none.
func (p *peer) note(q request, effective bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q.took = effective && !strings.HasSuffix(q.name, refusedName) && q.class != effect.Safe
	if q.class == effect.Keyed {
		name, seen := p.keys[q.key]
		switch {
		case q.key == "":
			p.faults = append(p.faults, q.name+": a keyed request without a key")
		case seen && name != q.name:
			p.faults = append(p.faults, fmt.Sprintf("%s: its key was used for %s", q.name, name))
		case seen:
			q.took = false
		case q.took:
			p.keys[q.key] = q.name
		}
	}
	p.heard = append(p.heard, q)
}

// count is how many requests it has heard.
func (p *peer) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.heard)
}

// took says whether a request under a name had its effect.
func (p *peer) took(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.heard {
		if q.name == name && q.took {
			return true
		}
	}
	return false
}

// connection keeps which connections are open.
func (p *peer) connection(c net.Conn, s http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch s {
	case http.StateNew:
		p.open[c] = true
	case http.StateClosed:
		delete(p.open, c)
		close(p.changed)
		p.changed = make(chan struct{})
	case http.StateActive, http.StateIdle, http.StateHijacked:
	}
}

// settle returns when all is heard that a dead process has sent: connections are taken
// in the order in which they come, so after the knock there are none but open ones.
func (p *peer) settle(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/", nil)
	if err != nil {
		return err
	}
	res, err := p.knock.Do(req)
	if err != nil {
		return err
	}
	if err := errors.Join(drain(res.Body), res.Body.Close()); err != nil {
		return err
	}
	for {
		p.mu.Lock()
		open, changed := len(p.open), p.changed
		p.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%d connections of a killed process are open still: %w", open, ctx.Err())
		}
	}
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
