package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a consistent, compact copy to a new file, while reads and
// writes go on. The file appears whole and durable, or not at all; one that is
// there already is refused.
func (db *DB) Backup(ctx context.Context, toPath string) (err error) {
	leave, err := db.enter()
	if err != nil {
		return err
	}
	defer leave()
	if _, err := os.Lstat(toPath); err == nil {
		return fmt.Errorf("sqlite: backup: %s: %w", toPath, os.ErrExist)
	}
	// A private folder beside the target: SQLite would make the file readable by all.
	dir, err := os.MkdirTemp(filepath.Dir(toPath), ".backup-")
	if err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temp := filepath.Join(dir, "table.db")
	if err := createPrivate(temp); err != nil {
		return err
	}
	source, err := open(db.path, "rw", 1)
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, "VACUUM INTO ?", temp); err != nil {
		return fmt.Errorf("sqlite: backup: %w", failed(ctx, err))
	}
	if err := syncFile(temp); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	// A link, unlike a rename, never replaces what someone made meanwhile.
	if err := os.Link(temp, toPath); err != nil {
		return fmt.Errorf("sqlite: backup: %w", err)
	}
	return syncDir(filepath.Dir(toPath))
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
