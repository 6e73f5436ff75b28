//go:build unix

package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/execution"
)

const waitingRuns = 10_000

// waiting measures runs that wait for a person, and a start of the process with them.
func (b *engineBench) waiting() {
	data := b.TempDir()
	s := startBare(b, data, nil)
	p := hometest.Register(b, s, "ada")
	flow := p.Save(hometest.Obj{"steps": []any{hometest.Obj{"id": "ask", "type": "approval", "message": "?"}}})
	s.stop()
	h, stop := b.working(data, slog.New(slog.DiscardHandler))
	lines, heap := runtime.NumGoroutine(), settledHeap()
	var all errgroup.Group
	all.SetLimit(64)
	ids := make([]string, waitingRuns)
	for i := range ids {
		all.Go(func() error {
			r, err := h.launcher.Run(in(b.T, p), flow, 0, nil)
			ids[i] = r.ID
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	for _, id := range ids {
		b.waits(h, p, id)
	}
	held, more := settledHeap()-heap, runtime.NumGoroutine()-lines
	b.row(fmt.Sprintf("%d waiting runs: goroutines", waitingRuns), fmt.Sprintf("%d in all", more), "none each", more < waitingRuns/100)
	b.row(fmt.Sprintf("%d waiting runs: memory", waitingRuns), fmt.Sprintf("%d bytes each", held/waitingRuns), "", true)
	stop()

	said := &watch{message: "runs taken up again", said: make(chan struct{})}
	took := b.measure(func() {
		_, stop = b.working(data, slog.New(said))
		<-said.said // by the engine, which follows the logs
	})
	stop()
	b.row(fmt.Sprintf("resume of %d runs: all taken up", waitingRuns), fmt.Sprintf("%.2f s (%.2f s of CPU)", took.wall.Seconds(), took.cpu.Seconds()), "≤ 5 s", took.wall <= 5*time.Second)
	begin := time.Now()
	c := startChild(b, data, nil)
	b.row(fmt.Sprintf("ready after a start with %d runs", waitingRuns), fmt.Sprintf("%.2f s", time.Since(begin).Seconds()), "≤ 0.5 s", time.Since(begin) <= 500*time.Millisecond)
	c.Kill()
}

func (b *engineBench) waits(h *home, p hometest.Person, id string) {
	for {
		r, err := h.runs.Get(in(b.T, p), id)
		if err != nil {
			b.Fatal(err)
		}
		if r.Status == execution.Waiting {
			return
		}
		if _, err := h.runs.Events(in(b.T, p), id, 1<<30, 1, time.Second); err != nil {
			b.Fatal(err)
		}
	}
}

// watch is a log that tells when something was said.
type watch struct {
	slog.Handler
	message string
	said    chan struct{}
}

func (w *watch) Enabled(context.Context, slog.Level) bool { return true }

func (w *watch) Handle(_ context.Context, r slog.Record) error {
	if r.Message == w.message {
		close(w.said)
	}
	return nil
}
