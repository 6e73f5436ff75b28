package sqlite

import (
	"context"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/table"
)

// Exec changes a file that nobody has open.
func Exec(t *testing.T, path, statements string) {
	t.Helper()
	db, err := open(path, "rw", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statements); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// WriterPragma reads a setting of the connection that writes.
func (db *DB) WriterPragma(t *testing.T, name string) (value string) {
	t.Helper()
	err := db.writer.do(t.Context(), func(w *writer) error {
		return w.conn.QueryRowContext(context.Background(), "PRAGMA "+name).Scan(&value)
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// Plan explains a query.
func (db *DB) Plan(t *testing.T, q table.Query, after *table.Position) string {
	t.Helper()
	text, args, err := buildQuery(q, after)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}

// Rows counts what is stored, expired or not.
func (db *DB) Rows(t *testing.T) (n int) {
	t.Helper()
	if err := db.read.QueryRowContext(t.Context(), "SELECT count(*) FROM item").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Hold makes the writer wait inside a group until release is called, so that
// what is queued meanwhile forms one group. It returns once the writer waits.
func (db *DB) Hold(t *testing.T) (release func()) {
	t.Helper()
	holding, gate, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		if err := db.writer.do(context.Background(), func(*writer) error {
			close(holding)
			<-gate
			return nil
		}); err != nil {
			t.Error(err)
		}
	}()
	<-holding
	return func() {
		close(gate)
		<-done
	}
}

// Queued is how many callers wait for the writer.
func (db *DB) Queued() int { return len(db.writer.queue) }

// Break queues work that fails in the middle, with one write done.
func (db *DB) Break(ctx context.Context, op table.Op, failure error) error {
	return db.writer.do(ctx, func(w *writer) error {
		if _, err := w.apply([]table.Op{op}, db.now()); err != nil {
			return err
		}
		return failure
	})
}

// Spoil queues work after which the group's transaction is gone.
func (db *DB) Spoil(ctx context.Context) error {
	return db.writer.do(ctx, func(w *writer) error { return w.rollback() })
}

// CacheBytes is the most that is kept of items that were read.
const CacheBytes = cacheBytes

// Kept is of how many keys something is kept, and how much.
func (db *DB) Kept() (keys, bytes int) {
	db.cache.mu.Lock()
	defer db.cache.mu.Unlock()
	return db.cache.kept.Len(), db.cache.bytes
}
