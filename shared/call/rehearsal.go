package call

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/spec"
)

// Rehearsal makes the calls of steps as Service does, by the same rules, but hands
// each request to peers instead of the network, and keeps its journal in memory:
// nothing leaves this process and nothing is written.
type Rehearsal struct{ service *Service }

// NewRehearsal returns a Rehearsal. peers plays every API; it calls httptrace's
// GotConn at the moment from which on a request counts as read.
func NewRehearsal(connections Connections, documents Documents, peers http.RoundTripper, opts *Options) *Rehearsal {
	o := opts.withDefaults()
	sender := played{peers}
	return &Rehearsal{&Service{
		connections: connections,
		documents:   documents,
		Ledger:      &Ledger{journal: &journal{now: o.Now, memory: newMemory()}},
		wire:        &wire{senders: senders{sender, sender}, maxBody: o.MaxBody, idle: o.IdleTimeout, now: o.Now, room: newRoom()},
		peers:       newPeers(o.Peer),
		project:     newProjector(),
		opts:        o,
	}}
}

// Handle runs one api_call task, as Service.Handle does.
func (r *Rehearsal) Handle(ctx context.Context, task execution.Task) (json.RawMessage, error) {
	return r.service.Handle(ctx, task)
}

// Steps are the journal of one rehearsed run, by path: what was sent, as a real run's
// has it. Answers are not kept.
func (r *Rehearsal) Steps(execution string) map[string]Step {
	m := r.service.journal.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]Step{}
	for key, kept := range m.entries {
		if strings.HasPrefix(key, memoryKey(execution, "")) {
			out[kept.entry.Path] = kept.entry.step()
		}
	}
	return out
}

// BaseFor is the URL that an operation's requests begin with.
func BaseFor(conn connection.Connection, doc *spec.Document, op *spec.Operation) string {
	return baseFor(conn, doc, op)
}

// client sends one request; the guard's follows redirects by its rules.
type client interface {
	Do(req *http.Request) (*http.Response, error)
	Close()
}

// played is a client whose answers are made up.
type played struct{ peers http.RoundTripper }

func (p played) Do(req *http.Request) (*http.Response, error) { return p.peers.RoundTrip(req) }
func (played) Close()                                         {}

// memory is the journal of one rehearsal.
type memory struct {
	mu      sync.Mutex
	entries map[string]remembered
	objects map[string][]byte
	undoing map[string]undoMark
}

type remembered struct {
	entry   entry
	version int64
}

func newMemory() *memory {
	return &memory{entries: map[string]remembered{}, objects: map[string][]byte{}, undoing: map[string]undoMark{}}
}

func memoryKey(execution, path string) string { return execution + "\n" + path }

func (m *memory) load(execution, path string) (*entry, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.entries[memoryKey(execution, path)]
	if !ok {
		return nil, 0, nil
	}
	e := r.entry.copied()
	return &e, r.version, nil
}

func (m *memory) save(execution string, e *entry, version int64) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := memoryKey(execution, e.Path)
	if m.entries[key].version != version {
		return 0, errGone
	}
	m.entries[key] = remembered{entry: e.copied(), version: version + 1}
	return version + 1, nil
}

// copied is an entry that later changes of the other do not reach, without the
// answers, which nobody asks a rehearsal for.
func (e *entry) copied() entry {
	c := *e
	c.Log = append([]Attempt(nil), e.Log...)
	if e.Undo != nil {
		undo := *e.Undo
		c.Undo = &undo
	}
	for i := range c.Log {
		c.Log[i].Response = nil
	}
	return c
}

// keep holds a step's value; bodies are let go.
func (m *memory) keep(name string, data []byte) {
	if !strings.HasSuffix(name, "-value") {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[name] = data
}

func (m *memory) object(name string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.objects[name]
}
