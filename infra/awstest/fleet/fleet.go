// Package fleet runs functions as AWS Lambda does: the real bootstrap binaries, each
// process fed by the Lambda Runtime API (version 2018-06-01), one invocation at a
// time, another process when all are busy, stopped (SIGSTOP) while there is nothing
// to do so that work after an answer does not go on, and killed when its time is
// over. It is a stand-in for tests and listens on loopback only.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Fault is how an invocation failed, in the words of Lambda's answer.
type Fault struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (f *Fault) Error() string { return f.Type + ": " + f.Message }

// Options of a Fleet.
type Options struct {
	// Binary is the path of a function's bootstrap.
	Binary func(function string) string
	// Env is a function's environment, besides what Lambda sets itself.
	Env func(function string) map[string]string
	// Timeout of a function. Defaults to one minute.
	Timeout func(function string) time.Duration
	// Processes is how many of one function run at once. Defaults to 8.
	Processes int
	// Output receives what the processes print. Defaults to nothing.
	Output io.Writer
	// Invoked is told of each invocation before it begins.
	Invoked func(function string, payload []byte)
	// Done is told how long each took, without the start of its process.
	Done func(function string, took time.Duration)
}

// Fleet is the processes of all functions. It is safe for concurrent use.
type Fleet struct {
	o        Options
	server   *http.Server
	address  string
	mu       sync.Mutex
	next     int
	all      map[string]*process   // by token
	idle     map[string][]*process // by function, the last used last
	slots    map[string]chan struct{}
	stopping bool
	serving  sync.WaitGroup
}

// New starts the Runtime API; processes start when they are needed.
func New(o Options) (*Fleet, error) {
	if o.Timeout == nil {
		o.Timeout = func(string) time.Duration { return time.Minute }
	}
	if o.Processes <= 0 {
		o.Processes = 8
	}
	if o.Output == nil {
		o.Output = io.Discard
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it lives as long as the fleet
	if err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	f := &Fleet{o: o, address: l.Addr().String(), all: map[string]*process{}, idle: map[string][]*process{}, slots: map[string]chan struct{}{}}
	f.server = &http.Server{Handler: f.runtimeAPI(), ReadHeaderTimeout: 10 * time.Second}
	f.serving.Go(func() { _ = f.server.Serve(l) })
	return f, nil
}

// Invoke calls a function and waits for its answer. A function that failed, died or
// ran out of time is a *Fault.
func (f *Fleet) Invoke(ctx context.Context, function string, payload []byte) ([]byte, error) {
	slot := f.slot(function)
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.o.Invoked != nil {
		f.o.Invoked(function, payload)
	}
	for {
		p, err := f.take(function)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		out, err := p.invoke(ctx, payload, f.o.Timeout(function))
		if errors.Is(err, errGone) { // with nothing to do: another takes its place
			f.discard(p)
			continue
		}
		if f.o.Done != nil {
			f.o.Done(function, time.Since(began))
		}
		var fault *Fault
		if err == nil || errors.As(err, &fault) && p.alive() {
			f.give(p)
		} else {
			f.discard(p)
		}
		return out, err
	}
}

func (f *Fleet) slot(function string) chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.slots[function]
	if !ok {
		s = make(chan struct{}, f.o.Processes)
		f.slots[function] = s
	}
	return s
}

// take gives a process that has nothing to do, or starts one.
func (f *Fleet) take(function string) (*process, error) {
	f.mu.Lock()
	if f.stopping {
		f.mu.Unlock()
		return nil, errors.New("fleet: stopping")
	}
	if idle := f.idle[function]; len(idle) > 0 {
		p := idle[len(idle)-1]
		f.idle[function] = idle[:len(idle)-1]
		f.mu.Unlock()
		return p, nil
	}
	f.next++
	token := fmt.Sprintf("p%d", f.next)
	p := newProcess(function, token)
	f.all[token] = p
	f.mu.Unlock()
	if err := p.start(f); err != nil {
		f.discard(p)
		return nil, err
	}
	return p, nil
}

func (f *Fleet) give(p *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle[p.function] = append(f.idle[p.function], p)
}

func (f *Fleet) discard(p *process) {
	p.kill()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, p.token)
}

// KillAll ends every process, busy or not; the next invocation starts one.
func (f *Fleet) KillAll() {
	f.mu.Lock()
	f.idle = map[string][]*process{}
	all := make([]*process, 0, len(f.all))
	for _, p := range f.all {
		all = append(all, p)
	}
	f.mu.Unlock()
	for _, p := range all {
		f.discard(p)
	}
}

// Recycle ends every process that has nothing to do: the next invocation of each
// function is a cold start.
func (f *Fleet) Recycle() {
	f.mu.Lock()
	idle := f.idle
	f.idle = map[string][]*process{}
	f.mu.Unlock()
	for _, list := range idle {
		for _, p := range list {
			f.discard(p)
		}
	}
}

// Close ends all processes and the Runtime API.
func (f *Fleet) Close() error {
	f.mu.Lock()
	f.stopping = true
	all := make([]*process, 0, len(f.all))
	for _, p := range f.all {
		all = append(all, p)
	}
	f.mu.Unlock()
	for _, p := range all {
		p.kill()
	}
	err := f.server.Close()
	f.serving.Wait()
	return err
}
