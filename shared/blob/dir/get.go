package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/apiq/apiq/shared/blob"
)

// Get opens the object's file.
func (s *Store) Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, blob.Info{}, err
	}
	f, info, err := s.open(name)
	if err != nil {
		return nil, blob.Info{}, err
	}
	return f, blob.Info{Name: name, Size: info.Size(), CreatedAt: info.ModTime()}, nil
}

// GetRange opens a part of the object's file.
func (s *Store) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, _, err := s.open(name)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, length), f}, nil
}

func (s *Store) open(name string) (*os.File, fs.FileInfo, error) {
	folder, file, err := pathOf(name)
	if err != nil {
		return nil, nil, err
	}
	if err := s.onlyFolders(folder); err != nil {
		return nil, nil, wrap(err)
	}
	path := folder + "/" + file
	info, err := s.root.Lstat(path)
	if err != nil {
		return nil, nil, wrap(err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%w: %s", errLink, path)
	}
	f, err := s.root.Open(path)
	if err != nil {
		return nil, nil, wrap(err)
	}
	// What was opened, not what the name meant a moment before.
	if info, err = f.Stat(); err != nil {
		return nil, nil, errors.Join(wrap(err), f.Close())
	}
	return f, info, nil
}

// Delete removes the object's file. Folders stay: one that is empty now may be
// another caller's target the next moment.
func (s *Store) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder, file, err := pathOf(name)
	if err != nil {
		return err
	}
	err = s.onlyFolders(folder)
	if err == nil {
		err = s.root.Remove(folder + "/" + file)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return wrap(err)
	}
	return wrap(s.syncFolder(folder))
}
