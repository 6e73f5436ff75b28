// Package kms is AWS KMS for tests: the JSON 1.1 wire of the operations that the
// product uses, strict on what KMS refuses, with real AES-GCM inside. Keys are in
// memory and have no policies; signatures are looked at, not verified.
package kms

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Fault is how the server fails a request.
type Fault int

// The faults.
const (
	None     Fault = iota
	Throttle       // ThrottlingException
	Internal       // KMSInternalException, status 500
	Cut            // the connection, without an answer
)

// Options of a Server.
type Options struct {
	// Region and Account are parts of ARNs. Default to eu-central-1 and 123456789012.
	Region, Account string
	// Fault is asked before each request, with the operation's name; it may count.
	// Defaults to None always.
	Fault func(operation string) Fault
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Server is a KMS with symmetric keys. It is an http.Handler, safe for concurrent use.
type Server struct {
	o Options

	mu      sync.Mutex
	keys    map[string]*key // by id
	aliases map[string]string
}

// key is a KMS key: its id stays, its backing keys grow with each rotation.
type key struct {
	id, arn string
	state   string
	made    time.Time
	backing []backingKey
}

// States of a key (AWS KMS Developer Guide, "Key states of AWS KMS keys").
const (
	stateEnabled  = "Enabled"
	stateDisabled = "Disabled"
	stateDeleting = "PendingDeletion"
)

// New returns a Server without keys.
func New(opts *Options) *Server {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	if o.Account == "" {
		o.Account = "123456789012"
	}
	if o.Fault == nil {
		o.Fault = func(string) Fault { return None }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{o: o, keys: map[string]*key{}, aliases: map[string]string{}}
}

// Start serves s on loopback until the test ends and returns its address.
func (s *Server) Start(t testing.TB) (endpoint string) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// CreateKey makes a key and returns its ARN.
func (s *Server) CreateKey() (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &key{id: uuid.NewString(), state: stateEnabled, made: s.o.Now()}
	k.arn = s.arn("key/" + k.id)
	k.rotate()
	s.keys[k.id] = k
	return k.arn
}

// Alias lets a key be addressed as alias/name too; naming it again moves it.
func (s *Server) Alias(name, arn string) {
	s.with(arn, func(k *key) { s.aliases["alias/"+name] = k.id })
}

// Rotate gives a key new backing material. What the old encrypted still opens.
func (s *Server) Rotate(arn string) { s.with(arn, (*key).rotate) }

// Disable and Enable switch a key; Delete schedules its deletion.
func (s *Server) Disable(arn string) { s.with(arn, func(k *key) { k.state = stateDisabled }) }
func (s *Server) Enable(arn string)  { s.with(arn, func(k *key) { k.state = stateEnabled }) }
func (s *Server) Delete(arn string)  { s.with(arn, func(k *key) { k.state = stateDeleting }) }

// with changes a key; one that was never made is a fault of the test.
func (s *Server) with(arn string, change func(*key)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.find(arn)
	if k == nil {
		panic("kms: no key " + arn)
	}
	change(k)
}

// find looks a key up by id, ARN, alias or ARN of an alias. The caller holds the lock.
func (s *Server) find(name string) *key {
	for _, k := range s.keys {
		if name == k.id || name == k.arn {
			return k
		}
	}
	for alias, id := range s.aliases {
		if name == alias || name == s.arn(alias) {
			return s.keys[id]
		}
	}
	return nil
}

func (s *Server) arn(resource string) string {
	return fmt.Sprintf("arn:aws:kms:%s:%s:%s", s.o.Region, s.o.Account, resource)
}

func (k *key) rotate() {
	var b backingKey
	rand.Read(b[:]) // never fails (crypto/rand)
	k.backing = append(k.backing, b)
}

var _ http.Handler = (*Server)(nil)
