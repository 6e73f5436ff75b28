package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a consistent, compact copy of the file at fromPath, as of one
// moment, to a new file. It takes no lock of the folder: the process that has the
// folder reads and writes on, for SQLite's log shows every reader its own moment.
// That log grows until the copy is made. The copy appears whole and durable, or not
// at all; a file that is there already is refused.
func Backup(ctx context.Context, fromPath, toPath string) (err error) {
	if _, err := os.Lstat(toPath); err == nil {
		return fmt.Errorf("sqlite: backup: %s: %w", toPath, os.ErrExist)
	}
	source, err := openCheck(ctx, fromPath)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
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
