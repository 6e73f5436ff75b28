package dir

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/blob"
)

// List walks only the folders that can hold an answer, in the names' order.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]blob.Info, error) {
	l := &listing{ctx: ctx, store: s, prefix: prefix, after: after, limit: limit}
	whole := strings.Split(prefix, "/")
	whole = whole[:len(whole)-1] // the last is a part of a name, or empty
	name := ""
	if len(whole) > 0 {
		name = strings.Join(whole, "/")
		if err := blob.CheckName(name); err != nil {
			return nil, err
		}
		name += "/"
	}
	folder := folderOf(whole)
	err := s.onlyFolders(folder)
	if err == nil {
		err = l.walk(folder, name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, wrap(err)
	}
	return l.found, nil
}

type listing struct {
	ctx           context.Context
	store         *Store
	prefix, after string
	limit         int
	found         []blob.Info
}

// walk lists a folder whose names start with name, which ends in a slash or is
// empty.
func (l *listing) walk(folder, name string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := l.store.readDir(folder)
	if err != nil {
		return err
	}
	// A folder sorts as what its names start with: "a-b" comes before "a/b".
	nameOf := func(e fs.DirEntry) string {
		if segment, ok := strings.CutSuffix(e.Name(), folderMark); ok && e.IsDir() {
			return name + segment + "/"
		}
		return name + e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(nameOf(a), nameOf(b)) })
	for _, e := range entries {
		if len(l.found) == l.limit {
			return nil
		}
		full := nameOf(e)
		switch {
		case e.IsDir() && strings.HasSuffix(full, "/"):
			// A folder none of whose names can start with prefix or come after after.
			if !strings.HasPrefix(full, l.prefix) && !strings.HasPrefix(l.prefix, full) ||
				full < l.after && !strings.HasPrefix(l.after, full) {
				continue
			}
			if err := l.walk(folder+"/"+e.Name(), full); err != nil {
				return err
			}
		case e.Type().IsRegular() && strings.HasPrefix(full, l.prefix) && full > l.after:
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // deleted meanwhile
			}
			if err != nil {
				return err
			}
			l.found = append(l.found, blob.Info{Name: full, Size: info.Size(), CreatedAt: info.ModTime()})
		}
	}
	return nil
}

func (s *Store) readDir(folder string) ([]fs.DirEntry, error) {
	f, err := s.root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}
