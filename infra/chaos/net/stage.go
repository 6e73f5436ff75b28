package main

import (
	"context"
	"fmt"
	"net"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
)

// stage is a row's fault, set up.
type stage struct {
	base   string // what connections are given
	ledger *ledger
	proxy  *toxiproxy.Proxy // nil where there is none
	peer   *peer            // behind it
	close  func()
}

// set makes the fault of a row.
func set(ctx context.Context, r row) (*stage, error) {
	if r.rogue != nil {
		s, err := newRogue(ctx, r.rogue)
		if err != nil {
			return nil, err
		}
		scheme := "http://"
		if r.tls {
			scheme = "https://"
		}
		return &stage{base: scheme + s.address(), ledger: s.ledger, close: s.close}, nil
	}
	if r.way == full {
		c, err := newCrowd(ctx)
		if err != nil {
			return nil, err
		}
		return &stage{base: "http://" + c.address, ledger: newLedger(), close: c.close}, nil
	}
	p := newPeer()
	behind := p.Listener.Addr().String()
	if r.way == empty {
		// Whoever listened there has gone.
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		behind = l.Addr().String()
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	proxy, err := newProxy("127.0.0.1:0", behind, r.toxics...)
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	if r.way == shut || r.way == shutAtFirst {
		proxy.Stop()
	}
	out := &stage{base: "http://" + proxy.Listen, ledger: p.ledger, proxy: proxy, peer: p}
	out.close = func() { out.proxy.Stop(); p.Close() }
	return out, nil
}

// later does what the fault changes by itself.
func (s *stage) later(ctx context.Context, r row) error {
	if r.way != shutAtFirst {
		return nil
	}
	if err := wait(ctx, openAfter); err != nil {
		return err
	}
	return s.proxy.Start()
}

// heal makes the way good, where it can be, and tells whether it is. Nothing of
// before can arrive any more.
func (s *stage) heal(ctx context.Context, r row) (bool, error) {
	if s.proxy == nil || r.way == empty {
		return false, nil
	}
	return true, s.swap(ctx)
}

// swap puts other toxics in the place of those that are: what is under way is cut.
func (s *stage) swap(ctx context.Context, toxics ...toxic) error {
	s.proxy.Stop()
	s.peer.open.Wait()
	for end := time.Now().Add(patient); ; {
		next, err := newProxy(s.proxy.Listen, s.peer.address(), toxics...)
		if err == nil {
			s.proxy = next
			return nil
		}
		// An outgoing connection may have taken the port for a moment.
		if time.Now().After(end) {
			return err
		}
		if err := wait(ctx, pollEvery); err != nil {
			return err
		}
	}
}

const patient = 10 * time.Second
