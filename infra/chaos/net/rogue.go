package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// rogue is a server with one fault: it takes connections, and does with each what
// its behaviour says. It speaks the wire itself, since servers of libraries refuse
// to misbehave.
type rogue struct {
	*ledger
	listener net.Listener
	stop     context.CancelFunc
	open     sync.WaitGroup // connections
}

// behaviour is what a server does with a connection, which is closed after it.
type behaviour func(*session)

func newRogue(ctx context.Context, do behaviour) (*rogue, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	r := &rogue{ledger: newLedger(), listener: l, stop: stop}
	r.open.Go(func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			r.open.Go(func() {
				s := &session{TCPConn: conn.(*net.TCPConn), in: bufio.NewReader(conn), ctx: ctx, ledger: r.ledger} //nolint:forcetypeassert // it listens to tcp
				defer s.Close()
				// Who reads or writes while the server is closed is woken.
				defer context.AfterFunc(ctx, func() { _ = s.SetDeadline(time.Now()) })()
				do(s)
			})
		}
	})
	return r, nil
}

func (r *rogue) address() string { return r.listener.Addr().String() }

func (r *rogue) close() {
	_ = r.listener.Close()
	r.stop()
	r.open.Wait()
}

// session is one connection to a rogue.
type session struct {
	*net.TCPConn
	in     *bufio.Reader
	ctx    context.Context //nolint:containedctx // a connection's, which ends with its server
	ledger *ledger
	name   string // of the thing that was asked for last
	path   string
}

// request takes a whole request, which has had its effect then.
func (s *session) request() bool {
	r, err := http.ReadRequest(s.in)
	if err != nil {
		return false
	}
	s.path = r.URL.RequestURI()
	s.name, err = s.ledger.note(r)
	return err == nil
}

// send writes; false tells that the other side has gone.
func (s *session) send(text string) bool {
	_, err := io.WriteString(s, text)
	return err == nil
}

// thing is what a good server would answer with.
func (s *session) thing() string { return `{"name":"` + s.name + `"}` }

// drip sends a text over and over, a byte at a time.
func (s *session) drip(text string, every time.Duration) {
	for {
		for _, b := range []byte(text) {
			if wait(s.ctx, every) != nil || !s.send(string(b)) {
				return
			}
		}
	}
}

// pour sends a text over and over, as fast as it goes.
func (s *session) pour(text string) {
	for s.send(text) {
	}
}

// hang says nothing more until the other side has gone.
func (s *session) hang() { _, _ = io.Copy(io.Discard, s.in) }

// reset ends the connection with RST.
func (s *session) reset() {
	_ = s.SetLinger(0)
	_ = s.Close()
}

// head is the begin of an answer.
func head(status string, fields ...string) string {
	return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + strings.Join(append(fields, "\r\n"), "\r\n")
}
