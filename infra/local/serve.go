package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/boot"
)

// serveCmd starts the server; everything else is configured by the environment.
type serveCmd struct{}

// Help lists the environment where people look for it.
func (serveCmd) Help() string {
	return "Configured by the environment: APIQ_ADDR (127.0.0.1:8080), APIQ_DATA (./.apiq), APIQ_PUBLIC_URL, APIQ_EGRESS_ALLOW, APIQ_LOG_LEVEL, APIQ_KEEP_RUNS_DAYS, APIQ_QUOTAS, APIQ_REGISTRATION, APIQ_SMTP_URL, APIQ_MAIL_FROM, " +
		"SPEC_CACHE_TTL_HOURS, SPEC_MAX_BYTES, SPEC_FETCH_TIMEOUT_SECONDS, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL, OPENAI_PRICE_INPUT, OPENAI_PRICE_OUTPUT, and those of sign-in: OKTA_…, GOOGLE_…, AZURE_AD_…, GENERIC_OIDC_…, SIGNIN_…. See docs/configuration.md."
}

// Run serves until it is interrupted.
func (serveCmd) Run(ctx context.Context, io streams) error {
	c, err := boot.Load(nil)
	if err != nil {
		return err
	}
	log, err := boot.Logger(io.err, c.LogLevel)
	if err != nil {
		return err
	}
	return serve(ctx, c, log, func(url string) {
		fmt.Fprintf(io.out, "APIQ %s is ready at %s\n", version, url)
		fmt.Fprintf(io.out, "Data: %s · stop with Ctrl-C\n", c.Data)
	})
}

// roomyHeap makes the collector count 6 MB more, which are never touched and so take
// no memory, until it is undone: a heap that holds a few MB would be collected many
// times a second under load. Unlike a higher GOGC it leaves large heaps as they are.
func roomyHeap() (undo func()) {
	ballast := make([]byte, 6<<20)
	return func() { runtime.KeepAlive(ballast) }
}

// serve runs the whole process until ctx ends. ready is told the URL once
// requests are answered.
func serve(ctx context.Context, c boot.Config, log *slog.Logger, ready func(url string)) (err error) {
	defer roomyHeap()()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Addr, err)
	}
	defer func() {
		if closeErr := listener.Close(); !errors.Is(closeErr, net.ErrClosed) {
			err = errors.Join(err, closeErr)
		}
	}()
	url := c.Public(listener.Addr())
	// Samples are served by this process: the address it listens on always reaches it.
	self := "http://" + listener.Addr().String()
	h, err := openHome(ctx, c.At(listener.Addr()), log, func(ctx context.Context, h *home) { connectSamples(ctx, h, self, log) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	h.public = url
	samples, err := sampleHandler(ctx)
	if err != nil {
		return err
	}
	handler, err := h.handler(samples)
	if err != nil {
		return err
	}
	var all errgroup.Group
	// The background ends with the server, and the server with it.
	working, stop := context.WithCancel(ctx)
	defer stop()
	all.Go(func() error { defer stop(); return h.work(working) })
	all.Go(func() error { defer stop(); return serveHTTP(working, log, listener, handler) })
	ready(url)
	if err := all.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
