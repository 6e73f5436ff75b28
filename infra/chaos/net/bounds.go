package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// The bounds of one call where the step sets none (docs/workflow.md).
const (
	connectBound = 5 * time.Second
	tlsBound     = 5 * time.Second
	idleBound    = 15 * time.Second
	totalBound   = 30 * time.Second
)

// defaults are the faults that each default bound is there for.
func defaults() []row {
	return []row{
		{name: "default: nobody accepts", ends: all(timedOut), way: full, bound: connectBound},
		{name: "default: silence for TLS", ends: all(timedOut), bound: tlsBound, tls: true, rogue: (*session).hang},
		{name: "default: a body that stops", ends: apart(timedOut, unknown), bound: idleBound, rogue: func(s *session) {
			s.request()
			s.send(head("200 OK", "Content-Length: 1000") + s.thing())
			s.hang()
		}},
		{name: "default: a slow header", ends: apart(timedOut, unknown), bound: totalBound, rogue: func(s *session) {
			s.request()
			s.drip(slowHeader(), dripEvery)
		}},
	}
}

// crowd is an address where a connection is neither taken nor refused: the queue
// of those that wait to be accepted is full, so that the system drops whoever else
// comes (listen(2), backlog).
type crowd struct {
	fd      int
	address string
	waiting []net.Conn
}

func newCrowd(ctx context.Context) (_ *crowd, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &crowd{fd: fd}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		return nil, err
	}
	at, err := syscall.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	c.address = fmt.Sprintf("127.0.0.1:%d", at.(*syscall.SockaddrInet4).Port) //nolint:forcetypeassert // it was bound to one
	dialer := net.Dialer{Timeout: time.Second / 2}
	for range 16 {
		conn, err := dialer.DialContext(ctx, "tcp", c.address)
		if err != nil {
			return c, nil
		}
		c.waiting = append(c.waiting, conn)
	}
	return nil, errors.New("the queue of a listener does not fill up")
}

func (c *crowd) close() {
	for _, conn := range c.waiting {
		_ = conn.Close()
	}
	_ = syscall.Close(c.fd)
}
