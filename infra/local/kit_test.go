package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/boot"
)

// server is the whole process, in this one, on a data folder of its own.
type server struct {
	url  string
	data string
	stop func()
	done chan error
}

// URL implements hometest.Home.
func (s *server) URL() string { return s.url }

// startServer serves a data folder until the test ends or stop is called.
func startServer(t testing.TB, data string, env map[string]string) *server {
	t.Helper()
	return start(t, data, env, serve)
}

// startBare is startServer without the samples, which take most of the time that
// a new workspace takes.
func startBare(t testing.TB, data string, env map[string]string) *server {
	t.Helper()
	return start(t, data, env, serveBare)
}

type serving func(ctx context.Context, c boot.Config, log *slog.Logger, ready func(url string)) error

func start(t testing.TB, data string, env map[string]string, serve serving) *server {
	t.Helper()
	environ := map[string]string{"APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "warn"}
	maps.Copy(environ, env)
	c, err := boot.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	var out io.Writer = io.Discard
	if testing.Verbose() {
		out = os.Stderr
	}
	log, err := boot.Logger(out, c.LogLevel)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{data: data, done: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() { s.done <- serve(ctx, c, log, func(u string) { ready <- u }) }()
	select {
	case s.url = <-ready:
	case err := <-s.done:
		cancel()
		t.Fatalf("server did not start: %v", err)
	}
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

// serveBare is serve with nothing in a new workspace and no samples to be had.
func serveBare(ctx context.Context, c boot.Config, log *slog.Logger, ready func(url string)) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return err
	}
	h, err := openHome(ctx, c.At(listener.Addr()), log, func(context.Context, *home) {})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	h.public = c.Public(listener.Addr())
	handler, err := h.handler(http.NotFoundHandler())
	if err != nil {
		return errors.Join(err, h.Close(), listener.Close())
	}
	var all errgroup.Group
	all.Go(func() error { return h.work(ctx) })
	all.Go(func() error { return serveHTTP(ctx, log, listener, handler) })
	ready(c.Public(listener.Addr()))
	return errors.Join(all.Wait(), h.Close())
}
