// Package dnstest is a DNS server for tests: on loopback, with the text records that a
// test puts there, and strict about what it is asked.
package dnstest

import (
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Server answers questions for text records.
type Server struct {
	conn net.PacketConn

	mu      sync.Mutex
	records map[string][]string
	down    bool
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{conn: conn, records: map[string][]string{}}
	var served sync.WaitGroup
	served.Go(s.serve)
	t.Cleanup(func() {
		_ = conn.Close()
		served.Wait()
	})
	return s
}

// Addr is where it answers.
func (s *Server) Addr() string { return s.conn.LocalAddr().String() }

// Set puts these text records at a name, in place of those that were there.
func (s *Server) Set(name string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[strings.ToLower(strings.TrimSuffix(name, "."))] = values
}

// Down makes it answer SERVFAIL to everything, until it is up again.
func (s *Server) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *Server) serve() {
	buffer := make([]byte, 4<<10)
	for {
		n, from, err := s.conn.ReadFrom(buffer)
		if err != nil {
			return // closed
		}
		if answer, ok := s.answer(buffer[:n]); ok {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

// partLen is the most that one string of a text record holds (RFC 1035, 3.3).
const partLen = 255

func (s *Server) answer(raw []byte) ([]byte, bool) {
	var m dnsmessage.Message
	if m.Unpack(raw) != nil || m.Response || len(m.Questions) != 1 {
		return nil, false
	}
	q := m.Questions[0]
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: m.RecursionDesired, RecursionAvailable: true}, Questions: m.Questions}
	s.mu.Lock()
	values, there := s.records[strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))]
	down := s.down
	s.mu.Unlock()
	switch {
	case down:
		out.RCode = dnsmessage.RCodeServerFailure
	case q.Type != dnsmessage.TypeTXT || q.Class != dnsmessage.ClassINET:
		out.RCode = dnsmessage.RCodeRefused
	case !there:
		out.RCode = dnsmessage.RCodeNameError
	}
	if out.RCode == dnsmessage.RCodeSuccess {
		for _, v := range values {
			var parts []string
			for ; len(v) > partLen; v = v[partLen:] {
				parts = append(parts, v[:partLen])
			}
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.TXTResource{TXT: append(parts, v)}})
		}
	}
	packed, err := out.Pack()
	return packed, err == nil
}
