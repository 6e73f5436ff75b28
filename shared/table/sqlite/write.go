package sqlite

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// Write applies one put or delete.
func (db *DB) Write(ctx context.Context, op table.Op, now time.Time) (int64, error) {
	return db.apply(ctx, []table.Op{op}, now)
}

// Transact applies all operations or none.
func (db *DB) Transact(ctx context.Context, ops []table.Op, now time.Time) error {
	_, err := db.apply(ctx, ops, now)
	return err
}

// BatchWrite applies all operations; here they happen to go together.
func (db *DB) BatchWrite(ctx context.Context, ops []table.Op, now time.Time) error {
	_, err := db.apply(ctx, ops, now)
	return err
}

func (db *DB) apply(ctx context.Context, ops []table.Op, now time.Time) (version int64, err error) {
	leave, err := db.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	err = db.writer.do(ctx, func(w *writer) (err error) {
		version, err = w.apply(ops, now)
		return err
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}
