package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/apiq/apiq/shared/table"
)

const (
	// queueLen is how many callers may wait before the next ones block.
	queueLen = 1024
	// maxGroup bounds how long the first caller of a group waits for the others.
	maxGroup = 256
)

// writer is the one goroutine that writes. It takes all callers that wait, runs
// their work inside one transaction, and answers them after its one fsync; those
// who arrive meanwhile form the next group. So nobody waits for a timer, and
// the more writers, the more share an fsync.
type writer struct {
	conn  *sql.Conn
	stmts statements
	cache *cache
	// changes are those of the group's transaction so far.
	changes changes
	queue   chan *job
	done    chan struct{}
}

// job is one caller's work, all or nothing, and its answer.
type job struct {
	// run may be called again, where the work of another in its group had to be undone.
	run func(*writer) error
	err error
	// claimed is set once, by the writer when it starts or by the caller when it
	// gives up: so a caller who gives up knows that nothing was written.
	claimed atomic.Bool
	done    chan struct{}
}

func startWriter(ctx context.Context, db *sql.DB, c *cache) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	w := &writer{conn: conn, cache: c, queue: make(chan *job, queueLen), done: make(chan struct{})}
	if err := w.stmts.prepare(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), conn.Close())
	}
	go w.loop()
	return w, nil
}

// do queues work and waits for its answer. A context that ends before the work
// starts takes it back; after that the answer is milliseconds away and awaited,
// so that it is never in doubt.
func (w *writer) do(ctx context.Context, run func(*writer) error) error {
	j := &job{run: run, done: make(chan struct{})}
	select {
	case w.queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.claimed.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		<-j.done
	}
	return j.err
}

// close ends the loop after the work that is queued. Nothing may be queued after.
func (w *writer) close() error {
	close(w.queue)
	<-w.done
	return errors.Join(w.stmts.close(), w.conn.Close())
}

func (w *writer) loop() {
	defer close(w.done)
	for first := range w.queue {
		group := w.gather(first)
		if len(group) == 0 {
			continue
		}
		if err := w.commit(group); err != nil {
			for _, j := range group {
				// A refusal stands by itself; the others lost their writes.
				if j.err == nil {
					j.err = err
				}
			}
		}
		for _, j := range group {
			close(j.done)
		}
	}
}

// gather claims the first job and all that wait now, up to maxGroup.
func (w *writer) gather(first *job) []*job {
	var group []*job
	for j := first; ; {
		if j.claimed.CompareAndSwap(false, true) {
			group = append(group, j)
		}
		if len(group) == maxGroup {
			return group
		}
		select {
		case next, open := <-w.queue:
			if !open {
				return group
			}
			j = next
		default:
			return group
		}
	}
}

// commit runs a group inside one transaction. Jobs that fail leave nothing
// behind and don't touch the others.
func (w *writer) commit(group []*job) error {
	w.changes = changes{}
	if err := step(w.stmts.begin); err != nil {
		return err
	}
	for i, j := range group {
		j.err = j.run(w)
		if j.err == nil || errors.Is(j.err, table.ErrCondition) {
			continue // a refusal comes before the first write
		}
		// Rare enough that the others begin anew, rather than each with a savepoint.
		if err := w.rollback(); err != nil {
			return err
		}
		if rest := slices.Delete(slices.Clone(group), i, i+1); len(rest) > 0 {
			return w.commit(rest)
		}
		return nil
	}
	w.cache.begin(w.changes)
	err := step(w.stmts.commit)
	w.cache.done(err == nil)
	if err != nil {
		return errors.Join(err, w.rollback())
	}
	return nil
}

func step(stmt *sql.Stmt) error {
	_, err := stmt.Exec()
	return wrap(err)
}

// rollback has the context of no caller: one who leaves must not undo the others.
func (w *writer) rollback() error {
	_, err := w.conn.ExecContext(context.Background(), "ROLLBACK")
	return wrap(err)
}
