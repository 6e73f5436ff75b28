// Command kill starts homes as processes of their own, kills them again and again
// (SIGKILL), at random and at chosen moments, while people start runs there and decide
// about them, and judges at the end what the API that the runs call has counted: no
// effect lost, none out of order, none twice, each run ended as it must.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"golang.org/x/sync/errgroup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bin := flag.String("bin", "bin/apiq", "the program whose serve is killed")
	kills := flag.Int("kills", 2000, "how many kills in all")
	homes := flag.Int("homes", 2, "how many homes side by side, each with a data folder of its own")
	seed := flag.Uint64("seed", 0, "what chance begins with; 0 draws one")
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	fmt.Printf("seed %d\n", *seed)
	rounds := make([]*round, *homes)
	var all errgroup.Group
	for i := range rounds {
		all.Go(func() (err error) {
			rounds[i], err = play(ctx, i, *bin, *seed, (*kills+i)/(*homes))
			return err
		})
	}
	if err := all.Wait(); err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
	if faults := report(os.Stdout, rounds); faults > 0 {
		os.Exit(1)
	}
}

// round is what came of one home.
type round struct {
	house   *house
	person  *person
	verdict verdict
}

// tellEvery is after how many kills a home says how far it is.
const tellEvery = 100

// play kills a home so many times, lets its runs end and judges them. The data folder
// is kept where there is a fault.
func play(ctx context.Context, number int, bin string, seed uint64, kills int) (_ *round, err error) {
	h, err := newHouse(number, bin, seed)
	if err != nil {
		return nil, err
	}
	defer h.close()
	p := newPerson(h, seed)
	if err := h.start(); err != nil {
		return nil, err
	}
	if err := p.moveIn(ctx); err != nil {
		return nil, err
	}
	if err := h.kill(ctx); err != nil {
		return nil, err
	}
	var left atomic.Int64
	left.Store(int64(kills))
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error {
		for n := 1; left.Load() > 0; n++ {
			if err := h.live(ctx); err != nil {
				return err
			}
			if left.Add(-1); n%tellEvery == 0 {
				fmt.Fprintf(os.Stderr, "home %d: %d of %d kills\n", number, n, kills)
			}
		}
		return h.start()
	})
	all.Go(func() error { return p.work(ctx, func() bool { return left.Load() > 0 }) })
	if err := all.Wait(); err != nil {
		return nil, fmt.Errorf("home %d, in %s: %w", number, h.folder, err)
	}
	r := &round{house: h, person: p}
	if r.verdict, err = p.judged(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("home %d, in %s: %w", number, h.folder, err)
	}
	h.child.Kill()
	if len(r.verdict.faults) == 0 {
		err = errors.Join(err, os.RemoveAll(h.folder))
	}
	return r, err
}
