// Package mail is Amazon SES for tests: SendEmail of its version 2 wire, strict on
// what SES refuses. It keeps what it was given and delivers nothing.
package mail

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Fault is how the server fails a request. The zero value does not.
type Fault struct {
	// Status and Code make an answer, such as 429 and TooManyRequestsException.
	Status int
	Code   string
	// Lost takes the message, and cuts the connection before the answer.
	Lost bool
}

// Options of a Server.
type Options struct {
	// Verified are addresses and domains that may be sent from. Defaults to none.
	Verified []string
	// Sandbox demands that recipients are verified too, as of a new account.
	Sandbox bool
	// ConfigurationSets are those that exist. Defaults to none.
	ConfigurationSets []string
	// MaxBytes is the largest message. Defaults to 40 MB (Amazon SES Developer Guide,
	// "Service quotas").
	MaxBytes int
	// Fault is asked before each request. Defaults to no fault.
	Fault func() Fault
}

// Email is one message as it was taken.
type Email struct {
	From             string
	To               []string
	Subject          string
	Text, HTML       string
	Headers          map[string]string
	ConfigurationSet string
}

// Server is an SES. It is an http.Handler, safe for concurrent use.
type Server struct {
	o    Options
	mu   sync.Mutex
	sent []Email
}

// New returns a Server that has sent nothing.
func New(opts *Options) *Server {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 40 << 20
	}
	if o.Fault == nil {
		o.Fault = func() Fault { return Fault{} }
	}
	return &Server{o: o}
}

// Start serves s on loopback until the test ends and returns its address.
func (s *Server) Start(t testing.TB) (endpoint string) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv.URL
}

// Sent are the messages that were taken so far.
func (s *Server) Sent() []Email {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *Server) keep(e Email) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, e)
}

// verified says whether an address, or its domain, is an identity of the account.
// A tag after "+" makes no other address of it.
func (s *Server) verified(address string) bool {
	local, domain, _ := strings.Cut(address, "@")
	plain, _, _ := strings.Cut(local, "+")
	for _, identity := range []string{address, plain + "@" + domain, domain} {
		if slices.ContainsFunc(s.o.Verified, func(v string) bool { return strings.EqualFold(v, identity) }) {
			return true
		}
	}
	return false
}

var _ http.Handler = (*Server)(nil)
