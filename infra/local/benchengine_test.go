//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/infra/hometest"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/execution"
)

// TestBenchEngine prints what durable steps, waiting runs and a start of the process
// cost, each beside its goal, and fails where one is missed. It measures, so it is
// not among the tests: make bench/engine.
func TestBenchEngine(t *testing.T) {
	if os.Getenv("APIQ_BENCH_ENGINE") == "" {
		t.Skip("make bench/engine runs it")
	}
	fmt.Printf("| measured on %d cores, %s | figure | goal | |\n|---|---|---|---|\n", runtime.NumCPU(), runtime.Version())
	for _, part := range []struct {
		name string
		do   func(*engineBench)
	}{{"idle", (*engineBench).idle}, {"bare", (*engineBench).bare}, {"whole", (*engineBench).whole}, {"flat", (*engineBench).flat}, {"waiting", (*engineBench).waiting}} {
		t.Run(part.name, func(t *testing.T) { part.do(&engineBench{t}) })
	}
}

type engineBench struct{ *testing.T }

// row prints a figure and whether its goal is met; goal "" is none.
func (b *engineBench) row(what, figure, goal string, met bool) {
	b.Helper()
	verdict := ""
	switch {
	case goal == "":
	case met:
		verdict = "met"
	default:
		verdict = "**missed**"
		b.Errorf("%s: %s, goal %s", what, figure, goal)
	}
	fmt.Printf("| %s | %s | %s | %s |\n", what, figure, goal, verdict)
}

// rate prints steps a second, with the goal that holds at 16 in flight.
func (b *engineBench) rate(what string, flight, steps int, took meter) {
	b.Helper()
	each, second := took.wall.Seconds()*1000/float64(steps), float64(steps)/took.wall.Seconds()
	goal := ""
	if flight == 16 {
		goal = "≤ 1 ms, ≥ 1,200/s"
	}
	b.row(fmt.Sprintf("%s, %d in flight", what, flight), fmt.Sprintf("%.2f ms a step, %.0f/s (%.2f ms of CPU)", each, second, took.cpu.Seconds()*1000/float64(steps)), goal, each <= 1 && second >= 1200)
}

// idle starts the program itself, on a folder of its own.
func (b *engineBench) idle() {
	slowest, resident := time.Duration(0), 0
	for range 5 {
		data := b.TempDir()
		begin := time.Now()
		c := startChild(b, data, nil)
		res, err := http.Get(c.URL() + "/api/health")
		if err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
		slowest = max(slowest, time.Since(begin))
		time.Sleep(time.Second) // what a start leaves behind is no longer idle's
		resident = max(resident, b.resident(c.PID()))
		c.Kill()
	}
	b.row("ready after the start, the slowest of five", fmt.Sprintf("%.2f s", slowest.Seconds()), "≤ 0.5 s", slowest <= 500*time.Millisecond)
	if resident > 0 {
		b.row("resident when idle", fmt.Sprintf("%d MB", resident), "≤ 64 MB", resident <= 64)
	}
}

// resident is VmRSS of proc(5) in MB, 0 where there is no such thing.
func (b *engineBench) resident(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(cmp.Or(rest, "0"))[0])
	if err != nil {
		b.Fatal(err)
	}
	return kb >> 10
}

// meter is what something took: on a machine that others use too, the CPU tells more.
type meter struct{ wall, cpu time.Duration }

func (b *engineBench) measure(do func()) meter {
	begin, used := time.Now(), b.cpu()
	do()
	return meter{time.Since(begin), b.cpu() - used}
}

func (b *engineBench) cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// settledHeap is what the heap holds.
func settledHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

// working opens a data folder and does all that the process does, until stop.
func (b *engineBench) working(data string, log *slog.Logger) (h *home, stop func()) {
	c, err := boot.Load(map[string]string{"APIQ_DATA": data})
	if err != nil {
		b.Fatal(err)
	}
	if h, err = openHome(b.Context(), c, log, func(context.Context, *home) {}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- h.work(ctx) }()
	return h, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
		if err := h.Close(); err != nil {
			b.Error(err)
		}
	})
}

// run starts so many runs of a workflow, so many at once, each to its end.
func (b *engineBench) run(h *home, p hometest.Person, flow string, runs, flight int) {
	ctx := in(b.T, p)
	var all errgroup.Group
	all.SetLimit(flight)
	for range runs {
		all.Go(func() error {
			r, err := h.launcher.Run(ctx, flow, 0, nil)
			if err != nil {
				return err
			}
			return ended(ctx, h, r.ID)
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
}

func ended(ctx context.Context, h *home, run string) error {
	for {
		got, err := h.runs.Events(ctx, run, 1<<30, 1, 10*time.Second)
		if err != nil || got.Done {
			return err
		}
	}
}

// completed fails where a run did not end well.
func (b *engineBench) completed(h *home, p hometest.Person) {
	for _, status := range []execution.Status{execution.Failed, execution.Cancelled, execution.Running, execution.Waiting} {
		if runs, _, err := h.runs.List(in(b.T, p), execution.Filter{Status: status}, 1, ""); err != nil || len(runs) > 0 {
			b.Errorf("%d runs are %s: %v", len(runs), status, err)
		}
	}
}

const (
	stepsEach = 20
	flatSteps = 100_000
)

// calls is a home at work with a workflow of GETs from a server on loopback: each
// step is journalled before and after, in the engine's history and in the log.
func (b *engineBench) calls() (h *home, p hometest.Person, flow string) {
	peer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/openapi.json" {
			_, _ = io.WriteString(w, `{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/x":{"get":{"operationId":"x","responses":{"200":{"description":"ok"}}}}}}`)
			return
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	b.Cleanup(peer.Close)
	data := b.TempDir()
	s := startBare(b, data, nil)
	p = hometest.Register(b, s, "ada")
	con := p.Connect("T", peer.URL)
	var steps []any
	for i := range stepsEach {
		steps = append(steps, hometest.CallStep(fmt.Sprintf("s%d", i), con, "x"))
	}
	flow = p.Save(hometest.Obj{"steps": steps})
	s.stop()
	h, stop := b.working(data, slog.New(slog.DiscardHandler))
	b.Cleanup(stop)
	b.run(h, p, flow, 16, 16) // what is only done once
	return h, p, flow
}

// whole measures the process as it is.
func (b *engineBench) whole() {
	defer roomyHeap()() // as serve
	h, p, flow := b.calls()
	for _, m := range []struct{ flight, runs int }{{1, 20}, {16, 400}, {256, 512}} {
		b.rate("whole process", m.flight, m.runs*stepsEach, b.measure(func() { b.run(h, p, flow, m.runs, m.flight) }))
	}
	b.completed(h, p)
}

// flat watches the heap.
func (b *engineBench) flat() {
	total, err := strconv.Atoi(cmp.Or(os.Getenv("APIQ_BENCH_STEPS"), strconv.Itoa(flatSteps)))
	if err != nil {
		b.Fatal(err)
	}
	h, p, flow := b.calls()
	// The first part fills what is kept in memory, which is bounded.
	marks := []int{total / 10, total / 2, total}
	heap, figures, steps := make([]int64, len(marks)), make([]string, len(marks)), 0
	for i, mark := range marks {
		b.run(h, p, flow, (mark-steps)/stepsEach, 16)
		steps, heap[i] = mark, settledHeap()
		figures[i] = fmt.Sprintf("%.1f", float64(heap[i])/1e6)
	}
	first, last := heap[0], heap[len(heap)-1]
	b.row(fmt.Sprintf("heap after %d · %d · %d steps", marks[0], marks[1], marks[2]), strings.Join(figures, " · ")+" MB", "flat", last-first <= max(first/4, 4<<20))
}
