package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"

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
	environ := map[string]string{"APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "warn"}
	for k, v := range env {
		environ[k] = v
	}
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
	return run1(t, c, log, data)
}

func run1(t testing.TB, c boot.Config, log *slog.Logger, data string) *server {
	t.Helper()
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
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	}
	t.Cleanup(s.stop)
	return s
}
