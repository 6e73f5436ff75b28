package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"
)

// options of a run of the whole.
type options struct {
	program string
	runs    int
	many    int
	atOnce  int
	weather time.Duration
	memory  int
	seed    uint64
	only    string
	short   bool
}

func main() {
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxiproxy logs what it is there for
	var o options
	flag.StringVar(&o.program, "apiq", "bin/apiq", "the program")
	flag.IntVar(&o.runs, "runs", 8, "runs for each fault and class")
	flag.IntVar(&o.many, "many", 16, "runs for each class where the fault is about memory")
	flag.IntVar(&o.atOnce, "at-once", 6, "faults tried at once; those about memory come one by one")
	flag.DurationVar(&o.weather, "weather", time.Minute, "how long faults change while runs are started")
	flag.IntVar(&o.memory, "memory", 1024, "MB that the process may take")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the weather") //nolint:gosec // never negative
	flag.StringVar(&o.only, "only", "", "try only the faults whose names hold this")
	flag.BoolVar(&o.short, "short", false, "few runs, many faults at once: what CI does")
	flag.Parse()
	if o.short {
		o.runs, o.many, o.atOnce, o.weather = 2, 4, 64, 8*time.Second
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := try(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// try does all and prints the table.
func try(ctx context.Context, o options) (err error) {
	data, err := os.MkdirTemp("", "apiq-chaos-net-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	h, err := openHome(context.WithoutCancel(ctx), o.program, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	user, err := signUp(ctx, h.url)
	if err != nil {
		return err
	}
	spec := newPeer()
	defer spec.Close()
	b := &bench{home: h, user: user, spec: spec.URL + "/openapi.json", held: h.files(), runs: o.runs, many: o.many}
	began := time.Now()
	fmt.Printf("On %d cores, %s, load %s.\n\n", runtime.NumCPU(), runtime.Version(), load())
	header(os.Stdout)
	highest, err := b.rows(ctx, o)
	if err != nil {
		return err
	}
	w, err := b.last(ctx, o.weather, o.seed)
	if err != nil {
		return err
	}
	w.print(os.Stdout)
	if err := b.sound(ctx); err != nil {
		return err
	}
	highest = max(highest, h.peak())
	fmt.Printf("\nThe process took %d MB at most, %d are allowed; %s altogether.\n", highest, o.memory, time.Since(began).Round(time.Second))
	if highest > o.memory {
		b.fault("the process took %d MB", highest)
	}
	if len(b.faults) > 0 {
		return fmt.Errorf("%d faults:\n%s", len(b.faults), strings.Join(b.faults, "\n"))
	}
	return nil
}

// rows tries every row and prints it; it tells the most memory that was taken.
// Defaults take their time and little else, so they go on beside the others.
func (b *bench) rows(ctx context.Context, o options) (highest int, _ error) {
	var beside errgroup.Group
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.atOnce)
	var printing sync.Mutex
	do := func(r row) error {
		out, err := b.try(ctx, r)
		if err != nil {
			return err
		}
		printing.Lock()
		defer printing.Unlock()
		out.print(os.Stdout)
		highest = max(highest, out.peak)
		return nil
	}
	wanted := func(r row) bool { return strings.Contains(r.name, o.only) }
	for _, r := range defaults() {
		if wanted(r) {
			beside.Go(func() error { return do(r) })
		}
	}
	all := slices.Concat(rogues(), ways())
	for _, r := range all {
		if r.heavy && wanted(r) {
			if err := do(r); err != nil {
				return 0, err
			}
		}
	}
	for _, r := range all {
		if !r.heavy && wanted(r) {
			group.Go(func() error { return do(r) })
		}
	}
	err := errors.Join(beside.Wait(), group.Wait()) // in this order: the group's end ends its context
	return highest, err
}

// sound: after all that, the process answers, its trail holds, and no connection
// is left over.
func (b *bench) sound(ctx context.Context) error {
	for end := time.Now().Add(patient); b.home.files() > b.held+spareFiles; {
		if time.Now().After(end) {
			b.fault("%d files and sockets are open, %d were before", b.home.files(), b.held)
			break
		}
		if err := wait(ctx, pollEvery); err != nil {
			return err
		}
	}
	var health struct{ Status string }
	if err := b.user.ask(ctx, "GET", "/api/health", nil, &health); err != nil {
		return err
	}
	var trail struct{ OK bool }
	if err := b.user.ask(ctx, "GET", "/api/logs/verify", nil, &trail); err != nil {
		return err
	}
	if health.Status != "ok" || !trail.OK {
		b.fault("health is %s, the audit chain holds: %v", health.Status, trail.OK)
	}
	return nil
}

// spareFiles is what the process may have opened for itself meanwhile.
const spareFiles = 24

// load is how busy the machine is, "" where the system does not tell.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
