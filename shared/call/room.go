package call

import (
	"context"
	"io"

	"golang.org/x/sync/semaphore"
)

// room bounds what the answers of all calls of this process take in memory at
// once. How long an answer is, and how long it takes to come, is the peer's to
// say; and as values a text takes up to forty times its length.
type room struct {
	large   chan struct{}
	working *semaphore.Weighted
}

const (
	// smallBody is the longest body on which work begins at once.
	smallBody = 64 << 10
	// largeBody is how much of a body is read before it needs one of largeBodies
	// places, which it has until the work on it is done.
	largeBody   = 1 << 20
	largeBodies = 8
	// workRoom is how many bytes are decoded, checked and masked at once.
	workRoom = 24 << 20
)

func newRoom() *room {
	return &room{large: make(chan struct{}, largeBodies), working: semaphore.NewWeighted(workRoom)}
}

// enter waits for a large body's place.
func (r *room) enter(ctx context.Context) error {
	select {
	case r.large <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *room) leave() { <-r.large }

// work waits until there is room for the work on a body, however long the caller
// would: what the answer says has to be written down. The caller calls done.
func (r *room) work(ctx context.Context, body []byte) (done func()) {
	n := min(int64(len(body)), workRoom)
	if n <= smallBody || r.working.Acquire(context.WithoutCancel(ctx), n) != nil {
		return func() {}
	}
	return func() { r.working.Release(n) }
}

// gate asks before more than free bytes are read.
type gate struct {
	io.Reader
	free  int64
	enter func() error
}

func (g *gate) Read(p []byte) (int, error) {
	if g.free <= 0 && g.enter != nil {
		if err := g.enter(); err != nil {
			return 0, err
		}
		g.enter = nil
	}
	n, err := g.Reader.Read(p)
	g.free -= int64(n)
	return n, err
}
