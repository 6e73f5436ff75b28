package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/blob"
)

// Home is how a data folder's parts are made and judged.
type Home struct {
	// OpenBlobs opens a new folder of objects.
	OpenBlobs func(path string) (Blobs, error)
	// CheckTable refuses a file that is not a sound table, or a newer program's.
	CheckTable func(ctx context.Context, path string) error
	// Replaces is the data folder that was used before, "" where there is none any more:
	// what was erased from it stays erased in the one that is made.
	Replaces string
	// KeyPrints reads a key file, and gives the fingerprints of its keys, the newest last.
	KeyPrints func(path string) ([]string, error)
}

// Blobs are objects in a folder.
type Blobs interface {
	blob.Driver
	io.Closer
}

// mounted is what to do where a folder cannot be put in another's place.
const mounted = "where a volume is mounted, restore into a folder inside it, and let APIQ_DATA name that"

// Errors of Restore.
var (
	// ErrNotEmpty: the folder holds something.
	ErrNotEmpty = errors.New("a backup is restored into an empty or a new folder only: name another one, or move what is in this one away")
	// ErrOtherKey: the key is not the one that the backup was made under.
	ErrOtherKey = errors.New("the key is not the one that this backup's secrets were sealed under: find the master.key of the data folder that was backed up")
)

// Restore makes a data folder of a backup: all of it, durable, or nothing. Nothing
// is written before every byte is known to be what was backed up, and what is read
// then is checked again. key is a key
// file to put beside, "" for the one in the backup, if any.
func Restore(ctx context.Context, path, folder, key string, home Home, opts *Options) (_ Summary, err error) {
	o := withDefaults(opts)
	if folder, err = filepath.Abs(folder); err != nil {
		return Summary{}, err
	}
	if err := empty(folder); err != nil {
		return Summary{}, err
	}
	// All of it once before anything is written: damage is told soon, and nothing of
	// a file that is not a backup comes to the disk.
	if sum, err := Verify(ctx, path, &o); err != nil {
		return sum, err
	}
	parent := filepath.Dir(folder)
	err = os.MkdirAll(parent, 0o700)
	stage := ""
	if err == nil {
		stage, err = os.MkdirTemp(parent, tempPrefix+"restore-")
	}
	if err != nil {
		return Summary{}, fmt.Errorf("%w: a backup is unpacked beside the folder, then put in its place: %s must be writable; %s", err, parent, mounted)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(stage))
		}
	}()
	o.Progress.restart("unpacking")
	sum, err := unpack(ctx, path, stage, home, o)
	if err != nil {
		return sum, err
	}
	if err := placeKey(stage, key, sum.Header, home); err != nil {
		return sum, err
	}
	o.Progress.begin("checking the table")
	if err := home.CheckTable(ctx, filepath.Join(stage, TableName)); err != nil {
		return sum, err
	}
	if err := stillGone(stage, home.Replaces); err != nil {
		return sum, err
	}
	if err := syncDir(stage); err != nil {
		return sum, err
	}
	return sum, place(stage, folder)
}

// stillGone gives the list of what was erased to the folder that takes another's place.
func stillGone(stage, before string) error {
	if before == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(before, TableName)); err != nil {
		return fmt.Errorf("there is no data folder at %s: %w", before, err)
	}
	all, err := Gone(before)
	for _, g := range all {
		err = errors.Join(err, NoteGone(stage, g))
	}
	return err
}

// empty says whether a folder may be restored into.
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: %w", folder, ErrNotEmpty)
	}
	return nil
}

func unpack(ctx context.Context, path, stage string, home Home, o Options) (sum Summary, err error) {
	blobs, err := home.OpenBlobs(filepath.Join(stage, BlobsName))
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	return read(ctx, path, o, func(name string, r io.Reader) error {
		if object, ok := strings.CutPrefix(name, blobPrefix); ok {
			_, err := blobs.Put(ctx, object, r, true)
			return err
		}
		return writeFile(filepath.Join(stage, name), r) // the table or the key: check has seen to that
	})
}

// placeKey puts the key beside the table, and refuses one that opens nothing there.
func placeKey(stage, key string, h Header, home Home) error {
	at := filepath.Join(stage, KeyName)
	if key != "" && !h.WithKey {
		f, err := os.Open(key)
		if err != nil {
			return err
		}
		err = writeFile(at, io.LimitReader(f, maxKey))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if key == "" && !h.WithKey {
		return nil
	}
	prints, err := home.KeyPrints(at)
	if err != nil {
		return err
	}
	if h.KeyPrint != "" && !slices.Contains(prints, h.KeyPrint) {
		return fmt.Errorf("%w (fingerprint %s, not %s)", ErrOtherKey, h.KeyPrint, strings.Join(prints, " or "))
	}
	return nil
}

// place gives the whole its name at once. An empty folder of that name goes: not
// every system replaces one.
func place(stage, folder string) error {
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", err, mounted)
	}
	if err := os.Rename(stage, folder); err != nil {
		return fmt.Errorf("%w: %s", err, mounted)
	}
	return syncDir(filepath.Dir(folder))
}
