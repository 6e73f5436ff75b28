package sqlite

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Walk implements table.Walker, in the order of the keys.
func (db *DB) Walk(ctx context.Context, prefix string, after *table.Key, limit int) ([]table.Item, *table.Key, error) {
	leave, err := db.enter()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	from := table.Key{PK: prefix}
	if after != nil {
		from = *after
	}
	_, beyond := bounds(table.Query{Prefix: prefix})
	stmt, err := db.prepared(ctx, columns+"WHERE (pk, sk) > (?, ?) AND pk < ? ORDER BY pk, sk LIMIT ?")
	if err != nil {
		return nil, nil, err
	}
	rows, err := stmt.QueryContext(ctx, from.PK, from.SK, beyond, limit)
	if err != nil {
		return nil, nil, failed(ctx, err)
	}
	defer rows.Close()
	var items []table.Item
	for bytes := 0; rows.Next(); {
		item, err := scan(rows)
		if err != nil {
			return nil, nil, failed(ctx, err)
		}
		items = append(items, item)
		if bytes += item.Bytes(); bytes > table.MaxPageBytes || len(items) == limit {
			last := item.Key
			return items, &last, nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, failed(ctx, err)
	}
	return items, nil, nil
}
