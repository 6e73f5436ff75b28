package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/apiq/apiq/infra/child"
)

// house is a home that is killed again and again, over one data folder.
type house struct {
	number int
	folder string
	child  *child.Child
	log    io.Closer
	peer   *peer
	traps  *traps
	rng    *rand.Rand

	mu sync.Mutex
	up chan struct{} // closed while it answers

	kills  [points]int
	starts []time.Duration // how long each took until it was ready
}

func newHouse(number int, bin string, seed uint64) (*house, error) {
	folder, err := os.MkdirTemp("", "apiq-chaos-kill-")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	h := &house{number: number, folder: folder, log: log, traps: &traps{}, rng: rand.New(rand.NewPCG(seed, uint64(number))), up: make(chan struct{})} //nolint:gosec // chance, not secrets
	h.child = child.New(bin, []string{"serve"}, map[string]string{"APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": filepath.Join(folder, "data"), "APIQ_LOG_LEVEL": "warn"}, log)
	h.peer, err = newPeer(h.traps)
	return h, err
}

func (h *house) close() {
	h.child.Kill()
	h.peer.close()
	_ = h.log.Close()
}

// start starts the process and waits until it is ready.
func (h *house) start() error {
	begin := time.Now()
	if err := h.child.Start(); err != nil {
		return err
	}
	if err := h.child.Ready(); err != nil {
		return err
	}
	h.starts = append(h.starts, time.Since(begin))
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.up)
	return nil
}

// awake waits until the process answers.
func (h *house) awake(ctx context.Context) error {
	h.mu.Lock()
	up := h.up
	h.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// kill ends the process, and returns when the peer has heard what it had sent.
func (h *house) kill(ctx context.Context) error {
	h.traps.set(nil)
	h.child.Kill()
	h.mu.Lock()
	select {
	case <-h.up:
		h.up = make(chan struct{})
	default:
	}
	h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := h.peer.settle(ctx); err != nil {
		return fmt.Errorf("home %d: %w", h.number, err)
	}
	return nil
}

const (
	settleTime = 30 * time.Second
	// longestLife is within which a process is killed at random, trapTime how long one
	// is waited for to step into its trap.
	longestLife = 600 * time.Millisecond
	trapTime    = 900 * time.Millisecond
	// heardEach is how many requests there should be for each kill, keepUpTime how long a
	// process lives for that, and keepUpEvery how often it is looked.
	heardEach   = 6
	keepUpTime  = 3 * time.Second
	keepUpEvery = 5 * time.Millisecond
	// bootTime is within which a process is killed that is to be killed as it starts.
	bootTime = 400 * time.Millisecond
	// pointTime is within which it is killed after something that it was waited for.
	pointTime = 8 * time.Millisecond
)

// draw is the point of the next kill.
func (h *house) draw() point {
	switch n := h.rng.IntN(100); {
	case n < 8:
		return atBoot
	case n < 35:
		return atRandom
	case n < 57:
		return atRequest
	case n < 64:
		return atHalf
	case n < 86:
		return atAnswer
	case n < 93:
		return atStart
	}
	return atDecision
}

// upTo is some time below d.
func (h *house) upTo(d time.Duration) time.Duration { return time.Duration(h.rng.Int64N(int64(d))) }

// live starts the process and kills it.
func (h *house) live(ctx context.Context) error {
	at := h.draw()
	if at == atBoot {
		if err := h.child.Start(); err != nil {
			return err
		}
		after(ctx, h.upTo(bootTime), nil)
		h.kills[at]++
		return errors.Join(h.kill(ctx), ctx.Err())
	}
	t := &trap{at: at, left: 1 + h.rng.IntN(6), effect: h.rng.IntN(2) == 0, sprung: make(chan struct{})}
	if err := h.start(); err != nil {
		return err
	}
	life := trapTime
	switch at {
	case atRandom:
		life = h.upTo(longestLife)
	case atStart, atDecision:
		t.left = 1
	case atBoot, atRequest, atHalf, atAnswer:
		h.keepUp(ctx)
	}
	h.traps.set(t)
	if !after(ctx, life, t.sprung) {
		at = atRandom
	}
	switch at {
	case atAnswer, atStart, atDecision:
		after(ctx, h.upTo(pointTime), nil)
	case atRandom, atBoot, atRequest, atHalf:
	}
	h.kills[at]++
	return errors.Join(h.kill(ctx), ctx.Err())
}

// keepUp lets a process live until the peer has heard, all lives together, as much as
// it should: however slow the machine is, kills are to find work under way.
func (h *house) keepUp(ctx context.Context) {
	kills := 0
	for _, n := range h.kills {
		kills += n
	}
	for range keepUpTime / keepUpEvery {
		if h.peer.count() >= heardEach*kills {
			return
		}
		after(ctx, keepUpEvery, nil)
	}
}

// after waits for something, but only so long, and says whether it came.
func after(ctx context.Context, d time.Duration, something <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-something:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}
