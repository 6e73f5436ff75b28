package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// sweepBatch bounds how long one batch of deletions holds up other writers.
const sweepBatch = 500

// Sweep deletes what has expired, batch by batch, and returns how many items
// that was. It also runs by itself in the background.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	leave, err := db.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	now := db.now().Unix()
	for total := 0; ; {
		var n int64
		err := db.writer.do(ctx, func(w *writer) error {
			res, err := w.stmts.expired.Exec(now, sweepBatch)
			if err != nil {
				return wrap(err)
			}
			n, err = res.RowsAffected()
			return wrap(err)
		})
		if err != nil {
			return total, err
		}
		if total += int(n); n < sweepBatch {
			return total, nil
		}
	}
}

func (db *DB) sweepEvery(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := db.Sweep(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, table.ErrClosed) {
			db.log.ErrorContext(ctx, "sweep of expired items failed", "error", err)
		}
	}
}
