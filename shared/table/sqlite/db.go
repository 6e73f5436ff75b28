// Package sqlite is the table's driver for one machine: one SQLite file, one
// process, one writer that commits many callers' writes with one fsync. It owns
// the file's schema and the folder's lock; it knows nothing of tenants, and it
// never serves a folder that another process has open.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", pure Go

	"github.com/apiq/apiq/shared/table"
)

// DB is a table.Driver over one SQLite file.
type DB struct {
	path   string
	lock   *folderLock
	write  *sql.DB
	read   *sql.DB
	writer *writer
	cache  *cache
	stmts  sync.Map // SQL text → *sql.Stmt on read; the texts are few

	now   func() time.Time
	log   *slog.Logger
	stop  context.CancelFunc
	swept sync.WaitGroup

	closing sync.RWMutex // held for reading by every call under way
	closed  bool
}

var _ table.Driver = (*DB)(nil)

// Options of Open.
type Options struct {
	// Now is the clock of the background sweep. Defaults to time.Now.
	Now func() time.Time
	// SweepEvery is the time between sweeps of expired items; negative means
	// never. Defaults to one minute.
	SweepEvery time.Duration
	// Readers is the most connections that read at once. Defaults to 4.
	Readers int
	// Log gets what goes wrong in the background. Defaults to slog.Default().
	Log *slog.Logger
}

// Open opens or creates the file and locks its folder. The folder is made, for
// its owner only, where it is missing. A folder in use is *LockedError.
func Open(ctx context.Context, path string, opts *Options) (_ *DB, err error) {
	o := withDefaults(opts)
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	db := &DB{path: path, lock: lock, cache: newCache(), now: o.Now, log: o.Log, stop: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.release())
		}
	}()
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	// FULL: a commit returns after the log is on disk, so what was acknowledged
	// outlives a power cut, not only the process. The log is written back when it has
	// 16 MB: what is written often is then written back once for many.
	if db.write, err = open(path, "rwc", 1, "journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"); err != nil {
		return nil, err
	}
	if err := migrate(ctx, db.write); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	if db.read, err = open(path, "ro", o.Readers, "query_only(1)"); err != nil {
		return nil, err
	}
	if db.writer, err = startWriter(ctx, db.write, db.cache); err != nil {
		return nil, err
	}
	if o.SweepEvery > 0 {
		background, stop := context.WithCancel(context.WithoutCancel(ctx))
		db.stop = stop
		db.swept.Go(func() { db.sweepEvery(background, o.SweepEvery) })
	}
	return db, nil
}

func withDefaults(opts *Options) Options {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SweepEvery == 0 {
		o.SweepEvery = time.Minute
	}
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// createPrivate makes the file readable by its owner only; SQLite gives the log
// beside it the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return f.Close()
}

func open(path, mode string, conns int, pragmas ...string) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // C:/…
		slashed = "/" + slashed
	}
	query := url.Values{"mode": {mode}, "_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	dsn := url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Close waits for the calls under way, writes the log back into the file and
// lets go of the folder. A second call does nothing.
func (db *DB) Close() error {
	db.stop()
	db.swept.Wait()
	db.closing.Lock()
	defer db.closing.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	return db.release()
}

func (db *DB) release() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.close())
	}
	if db.read != nil {
		errs = append(errs, db.read.Close())
	}
	if db.write != nil {
		errs = append(errs, db.write.Close())
	}
	return errors.Join(append(errs, db.lock.release())...)
}

// enter marks a call under way; leave ends it.
func (db *DB) enter() (leave func(), err error) {
	db.closing.RLock()
	if db.closed {
		db.closing.RUnlock()
		return nil, table.ErrClosed
	}
	return db.closing.RUnlock, nil
}
