package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	// applicationID marks the file as ours: "APIQ".
	applicationID = 0x41504951
	schemaVersion = 1
)

// A table with row ids, not WITHOUT ROWID: items of several kilobytes would
// bloat the key's tree. The indexes hold only the items that appear in them.
// expires is in seconds since 1970, 0 for never.
const schema = `
CREATE TABLE item (
	pk TEXT NOT NULL, sk TEXT NOT NULL,
	version INTEGER NOT NULL CHECK (version > 0),
	data BLOB NOT NULL,
	expires INTEGER NOT NULL,
	pk1 TEXT, sk1 TEXT, pk2 TEXT, sk2 TEXT, pk3 TEXT, sk3 TEXT
) STRICT;
CREATE UNIQUE INDEX item_key ON item (pk, sk);
CREATE INDEX item_gsi1 ON item (pk1, sk1, pk, sk) WHERE pk1 IS NOT NULL;
CREATE INDEX item_gsi2 ON item (pk2, sk2, pk, sk) WHERE pk2 IS NOT NULL;
CREATE INDEX item_gsi3 ON item (pk3, sk3, pk, sk) WHERE pk3 IS NOT NULL;
CREATE INDEX item_expires ON item (expires) WHERE expires > 0;
`

// migrate creates the schema in an empty file and refuses a file that is not
// ours or that a later release wrote.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: open: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	var app, version, objects int
	for query, into := range map[string]*int{
		"PRAGMA application_id":              &app,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_schema": &objects,
	} {
		if err := tx.QueryRowContext(ctx, query).Scan(into); err != nil {
			return fmt.Errorf("sqlite: open: %w", err)
		}
	}
	switch {
	case app == applicationID && version == schemaVersion:
		return nil
	case app == applicationID && version > schemaVersion:
		return fmt.Errorf("sqlite: the file has schema %d; this release knows up to %d", version, schemaVersion)
	case app != 0 || objects > 0:
		return fmt.Errorf("sqlite: the file is another application's (application id %#x)", app)
	}
	stamp := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion)
	if _, err := tx.ExecContext(ctx, schema+stamp); err != nil {
		return fmt.Errorf("sqlite: create schema: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlite: create schema: %w", err)
	}
	return nil
}
