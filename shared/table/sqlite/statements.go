package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/apiq/apiq/shared/table"
)

const (
	selectHead = `SELECT version, expires FROM item WHERE pk = ? AND sk = ?`
	values     = `INSERT INTO item (pk, sk, version, data, expires, pk1, sk1, pk2, sk2, pk3, sk3)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (pk, sk) DO `
	insert = values + `NOTHING`
	upsert = values + `UPDATE SET version = excluded.version, data = excluded.data, expires = excluded.expires,
pk1 = excluded.pk1, sk1 = excluded.sk1, pk2 = excluded.pk2, sk2 = excluded.sk2, pk3 = excluded.pk3, sk3 = excluded.sk3`
	deleteItem    = `DELETE FROM item WHERE pk = ? AND sk = ?`
	deleteExpired = `DELETE FROM item WHERE rowid IN
(SELECT rowid FROM item WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT ?)`
)

// statements are the writer's, prepared once on its connection.
type statements struct {
	head, insert, upsert, delete, expired *sql.Stmt
	// begin and commit are around a group.
	begin, commit *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, conn *sql.Conn) error {
	for _, p := range []struct {
		into  **sql.Stmt
		query string
	}{{&s.head, selectHead}, {&s.insert, insert}, {&s.upsert, upsert}, {&s.delete, deleteItem}, {&s.expired, deleteExpired},
		{&s.begin, "BEGIN IMMEDIATE"}, {&s.commit, "COMMIT"}} {
		stmt, err := conn.PrepareContext(ctx, p.query)
		if err != nil {
			return errors.Join(err, s.close())
		}
		*p.into = stmt
	}
	return nil
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{s.head, s.insert, s.upsert, s.delete, s.expired, s.begin, s.commit} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}

// stored gives the version under a key; an expired item counts as none.
func (w *writer) stored(key table.Key, now time.Time) (version int64, found bool, err error) {
	k, ok := w.known(key)
	if !ok {
		var expires int64
		err = w.stmts.head.QueryRow(key.PK, key.SK).Scan(&k.item.Version, &expires)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, false, wrap(err)
		}
		k.item.ExpiresAt, k.found = fromSeconds(expires), err == nil
	}
	if !k.found || k.item.ExpiredAt(now) {
		return 0, false, nil
	}
	return k.item.Version, true, nil
}

// known is what need not be read: what the group has changed, or what is kept.
func (w *writer) known(key table.Key) (known, bool) {
	if ch, ok := w.changes[key]; ok {
		return ch.known, true
	}
	return w.cache.peek(key)
}

// apply writes operations whose keys are distinct: so all conditions can be
// judged before or by the first write, and a refusal has nothing to undo (commit counts
// on it). It returns the version that the last put left.
func (w *writer) apply(ops []table.Op, now time.Time) (version int64, err error) {
	versions := make([]int64, len(ops))
	blind := -1 // an operation of which the first write tells whether its condition holds
	for i, op := range ops {
		if _, known := w.known(op.Item.Key); !known && blind < 0 && op.Kind == table.OpPut && op.If == table.Absent() {
			blind = i
			continue
		}
		if versions[i], err = w.judge(i, op, now); err != nil {
			if blind >= 0 { // of several that fail, the first is told
				if _, first := w.judge(blind, ops[blind], now); first != nil {
					return 0, first
				}
			}
			return 0, err
		}
	}
	if blind >= 0 {
		if versions[blind], err = w.insert(blind, ops[blind], now); err != nil {
			return 0, err
		}
	}
	for i, op := range ops {
		item := op.Item
		switch op.Kind {
		case table.OpPut:
			if version = versions[i]; version > 0 {
				_, err = w.stmts.upsert.Exec(arguments(item, version)...)
			} else {
				version = 1 // it is inserted
			}
			item.Version = version
			w.changes[item.Key] = &change{known: known{item, true}, kept: version > 1}
		case table.OpDelete:
			_, err = w.stmts.delete.Exec(item.PK, item.SK)
			w.changes[item.Key] = &change{}
		case table.OpCheck:
		}
		if err != nil {
			return 0, wrap(err)
		}
	}
	return version, nil
}

// judge gives the version that an operation leaves, or a *table.ConditionError.
func (w *writer) judge(i int, op table.Op, now time.Time) (int64, error) {
	current, found, err := w.stored(op.Item.Key, now)
	if err == nil && !op.If.Holds(current, found) {
		err = &table.ConditionError{Index: i}
	}
	return current + 1, err
}

// insert writes an item where there is none, which needs no look before: it returns 0,
// or, over one that has expired, the version that is still to be written.
func (w *writer) insert(i int, op table.Op, now time.Time) (int64, error) {
	res, err := w.stmts.insert.Exec(arguments(op.Item, 1)...)
	if err != nil {
		return 0, wrap(err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return 0, wrap(err)
	}
	return w.judge(i, op, now)
}

func arguments(item table.Item, version int64) []any {
	args := append(make([]any, 0, 11), item.PK, item.SK, version, item.Data, toSeconds(item.ExpiresAt))
	for _, name := range []string{table.Index1, table.Index2, table.Index3} {
		if k, ok := item.Index[name]; ok {
			args = append(args, k.PK, k.SK)
		} else {
			args = append(args, nil, nil)
		}
	}
	return args
}

func toSeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromSeconds(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// wrap names the errors that the port knows.
func wrap(err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY:
		return fmt.Errorf("%w: %w", table.ErrThrottled, err)
	default:
		return fmt.Errorf("sqlite: %w", err)
	}
}
