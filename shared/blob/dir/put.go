package dir

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/apiq/apiq/shared/blob"
)

// Put writes to a temporary file, makes it durable and gives it its name at
// once; then makes the name durable.
func (s *Store) Put(ctx context.Context, name string, r io.Reader, exclusive bool) (_ blob.Info, err error) {
	folder, file, err := pathOf(name)
	if err != nil {
		return blob.Info{}, err
	}
	temp := tempDir + "/" + rand.Text()
	info, err := s.writeTemp(ctx, temp, r)
	if err != nil {
		return blob.Info{}, fmt.Errorf("dir: put: %w", err)
	}
	target := folder + "/" + file
	named := false
	defer func() {
		if !named || exclusive {
			// A link leaves the temporary name behind; so does a failure.
			err = errors.Join(err, s.root.Remove(temp))
		}
	}()
	if err := s.root.MkdirAll(folder, 0o700); err != nil {
		return blob.Info{}, fmt.Errorf("dir: put: %w", err)
	}
	if err := s.onlyFolders(folder); err != nil {
		return blob.Info{}, fmt.Errorf("dir: put: %w", err)
	}
	if exclusive {
		err = s.root.Link(temp, target)
	} else {
		err = s.root.Rename(temp, target)
	}
	switch {
	case exclusive && errors.Is(err, fs.ErrExist):
		return blob.Info{}, blob.ErrExists
	case err != nil:
		return blob.Info{}, fmt.Errorf("dir: put: %w", err)
	}
	named = true
	if err := s.syncFolders(folder); err != nil {
		return blob.Info{}, fmt.Errorf("dir: put: %w", err)
	}
	return blob.Info{Name: name, Size: info.Size(), CreatedAt: info.ModTime()}, nil
}

// writeTemp leaves a whole, durable file or none.
func (s *Store) writeTemp(ctx context.Context, temp string, r io.Reader) (info fs.FileInfo, err error) {
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, s.root.Remove(temp))
		}
	}()
	if _, err := io.Copy(f, blob.Cancellable(ctx, r)); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	return f.Stat()
}

// syncFolders makes a name durable, and those of the folders above it: any of
// them may be new.
func (s *Store) syncFolders(folder string) error {
	for {
		if err := s.syncFolder(folder); err != nil {
			return err
		}
		if folder == "." {
			return nil
		}
		if i := strings.LastIndexByte(folder, '/'); i >= 0 {
			folder = folder[:i]
		} else {
			folder = "."
		}
	}
}

func (s *Store) syncFolder(folder string) error {
	f, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(sync(f), f.Close())
}
