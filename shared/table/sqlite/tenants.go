package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Tenants lists whoever has items in the file, in the order of their keys: at most
// limit behind the one named after ("" from the start). It is for migrations of
// this home, and no part of the table's port, which shows one tenant at a time.
func (db *DB) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	leave, err := db.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	// One look into the index for each tenant, however many items one has.
	stmt, err := db.prepared(ctx, `SELECT pk FROM item WHERE pk >= ? ORDER BY pk LIMIT 1`)
	if err != nil {
		return nil, err
	}
	var tenants []string
	for len(tenants) < limit {
		from := ""
		if after != "" {
			from = after + string(rune('/'+1)) // behind all keys that begin with "<after>/"
		}
		var pk string
		err := stmt.QueryRowContext(ctx, from).Scan(&pk)
		if errors.Is(err, sql.ErrNoRows) {
			return tenants, nil
		}
		if err != nil {
			return nil, failed(ctx, err)
		}
		tenant, _, ok := strings.Cut(pk, "/")
		if !ok {
			return nil, fmt.Errorf("sqlite: a key without a tenant: %.40q", pk)
		}
		tenants, after = append(tenants, tenant), tenant
	}
	return tenants, nil
}
