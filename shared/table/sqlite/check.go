package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Check reads a whole file that no process has open, and refuses what is not a
// sound table: another application's, a later release's, one that holds more than
// the schema, or one whose pages do not fit together.
func Check(ctx context.Context, path string) (err error) {
	db, err := openCheck(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var sound string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&sound); err != nil {
		return fmt.Errorf("sqlite: check: %w", failed(ctx, err))
	}
	if sound != "ok" {
		return fmt.Errorf("sqlite: the table is damaged: %.200s", sound)
	}
	return nil
}

// openCheck opens a table that is there, for reading only, and looks whether it is
// one of ours. Nothing of it is run: a trigger or a view would be.
func openCheck(ctx context.Context, path string) (_ *sql.DB, err error) {
	if path, err = filepath.Abs(path); err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db, err := open(path, "ro", 1, "trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	var app, version, foreign int
	for _, q := range []struct {
		query string
		into  *int
	}{
		{"PRAGMA application_id", &app}, {"PRAGMA user_version", &version},
		{`SELECT count(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR name NOT LIKE 'item%'`, &foreign},
	} {
		if err := db.QueryRowContext(ctx, q.query).Scan(q.into); err != nil {
			return nil, fmt.Errorf("sqlite: %s: %w", path, failed(ctx, err))
		}
	}
	switch {
	case app != applicationID:
		return nil, fmt.Errorf("sqlite: %s is no table of apiq (application id %#x)", path, app)
	case version > schemaVersion:
		return nil, fmt.Errorf("sqlite: %s has schema %d; this release knows up to %d: use the release that wrote it, or a later one", path, version, schemaVersion)
	case foreign > 0:
		return nil, fmt.Errorf("sqlite: %s holds %d things that are not of the schema", path, foreign)
	}
	return db, nil
}
