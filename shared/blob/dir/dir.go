// Package dir is the object store's driver for one machine: one file for each
// object under one folder. It owns the mapping of names to paths, and never
// leaves its folder: every access goes through os.Root, and symbolic links inside
// are refused.
package dir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/blob"
)

const (
	// folderMark ends the name of a folder. No object's name contains it, so
	// that "a" (a file) and "a/b" (a file in the folder "a+") can both be there.
	folderMark = "+"
	// tempDir holds what is not yet whole; it is no valid segment either.
	tempDir = "~temp"
	// leftover is the age at which a file in tempDir can only be a crash's.
	leftover = time.Hour
)

// Store is a blob.Driver over one folder.
type Store struct{ root *os.Root }

var _ blob.Driver = (*Store)(nil)

// Options of Open.
type Options struct {
	// Now is the clock by which leftovers of a crash are old. Defaults to time.Now.
	Now func() time.Time
}

// Open opens the folder, which is made, for its owner only, where it is missing,
// and removes what a crash left half-written.
func Open(path string, opts *Options) (*Store, error) {
	now := time.Now
	if opts != nil && opts.Now != nil {
		now = opts.Now
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("dir: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("dir: %w", err)
	}
	s := &Store{root: root}
	if err := s.prepareTemp(now()); err != nil {
		return nil, errors.Join(fmt.Errorf("dir: %w", err), root.Close())
	}
	return s, nil
}

// Close lets go of the folder; objects being read stay open.
func (s *Store) Close() error { return s.root.Close() }

func (s *Store) prepareTemp(now time.Time) error {
	if err := s.root.Mkdir(tempDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.onlyFolders(tempDir); err != nil {
		return err
	}
	entries, err := s.readDir(tempDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if now.Sub(info.ModTime()) > leftover {
			if err := s.root.Remove(tempDir + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// pathOf maps a name to its folder and file: "w/a/b" is "w+/a+" and "b".
func pathOf(name string) (folder, file string, err error) {
	if err := blob.CheckName(name); err != nil {
		return "", "", err
	}
	segments := strings.Split(name, "/")
	last := len(segments) - 1
	return folderOf(segments[:last]), segments[last], nil
}

func folderOf(segments []string) string {
	if len(segments) == 0 {
		return "."
	}
	return strings.Join(segments, folderMark+"/") + folderMark
}

var errLink = errors.New("dir: not a plain file or folder")

// onlyFolders makes sure that every part of a path is a folder and no symbolic
// link: os.Root keeps links from leading out, this keeps them from leading from
// one tenant to another.
func (s *Store) onlyFolders(path string) error {
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		info, err := s.root.Lstat(path[:i])
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%w: %s", errLink, path[:i])
		}
	}
	return nil
}

// wrap gives the port's name to what it knows.
func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", blob.ErrNotFound, err)
	default:
		return fmt.Errorf("dir: %w", err)
	}
}
