package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
)

const columns = `SELECT pk, sk, version, data, expires, pk1, sk1, pk2, sk2, pk3, sk3 FROM item `

// Get reads one item.
func (db *DB) Get(ctx context.Context, key table.Key) (table.Item, error) {
	leave, err := db.enter()
	if err != nil {
		return table.Item{}, err
	}
	defer leave()
	k, pending := db.cache.look(key)
	if pending != nil {
		k, err = db.get(context.WithoutCancel(ctx), key)
		db.cache.end(pending, k, err == nil)
	}
	switch {
	case err != nil:
		return table.Item{}, err
	case !k.found:
		return table.Item{}, table.ErrNotFound
	}
	return k.item, nil
}

func (db *DB) get(ctx context.Context, key table.Key) (known, error) {
	stmt, err := db.prepared(ctx, columns+`WHERE pk = ? AND sk = ?`)
	if err != nil {
		return known{}, err
	}
	item, err := scan(stmt.QueryRowContext(ctx, key.PK, key.SK))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return known{}, nil
	case err != nil:
		return known{}, failed(ctx, err)
	}
	return known{item, true}, nil
}

// Query reads one page.
func (db *DB) Query(ctx context.Context, q table.Query, after *table.Position) ([]table.Item, *table.Position, error) {
	leave, err := db.enter()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	text, args, err := buildQuery(q, after)
	if err != nil {
		return nil, nil, err
	}
	ctx = context.WithoutCancel(ctx) // a page takes less than the two goroutines that would watch it
	stmt, err := db.prepared(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, nil, failed(ctx, err)
	}
	defer rows.Close()
	var items []table.Item
	bytes := 0
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, nil, failed(ctx, err)
		}
		bytes += item.Bytes()
		if len(items) == q.Limit || len(items) > 0 && bytes > table.MaxPageBytes {
			return items, position(q, items[len(items)-1]), nil
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, failed(ctx, err)
	}
	return items, nil, nil
}

func position(q table.Query, last table.Item) *table.Position {
	if q.Index == table.Base {
		return &table.Position{Key: last.Key, Sort: last.SK}
	}
	return &table.Position{Key: last.Key, Sort: last.Index[q.Index].SK}
}

// prepared keeps one statement per text; database/sql prepares it once per connection.
func (db *DB) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := db.stmts.Load(text); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := db.read.PrepareContext(ctx, text)
	if err != nil {
		return nil, failed(ctx, err)
	}
	if first, loaded := db.stmts.LoadOrStore(text, stmt); loaded {
		return first.(*sql.Stmt), stmt.Close()
	}
	return stmt, nil
}

func scan(row interface{ Scan(...any) error }) (table.Item, error) {
	var item table.Item
	var expires int64
	var index [table.MaxIndexes]struct{ pk, sk sql.NullString }
	err := row.Scan(&item.PK, &item.SK, &item.Version, &item.Data, &expires,
		&index[0].pk, &index[0].sk, &index[1].pk, &index[1].sk, &index[2].pk, &index[2].sk)
	if err != nil {
		return table.Item{}, err
	}
	item.ExpiresAt = fromSeconds(expires)
	for i, name := range []string{table.Index1, table.Index2, table.Index3} {
		if index[i].pk.Valid {
			if item.Index == nil {
				item.Index = make(map[string]table.Key, table.MaxIndexes)
			}
			item.Index[name] = table.Key{PK: index[i].pk.String, SK: index[i].sk.String}
		}
	}
	return item, nil
}

// failed gives the caller's own end its name: SQLite calls it an interrupt.
func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("sqlite: %w", ctx.Err())
	}
	return wrap(err)
}
