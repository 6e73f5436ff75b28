package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Store is the object store as domains see it: one tenant's, the one the context
// names. Every method returns tenant.ErrNone where there is none. It is safe for
// concurrent use.
type Store struct {
	driver Driver
	meter  Meter // may be nil
}

// New returns a Store over a driver.
func New(d Driver) *Store { return &Store{driver: d} }

// Meter counts what is stored. It is safe for concurrent use.
type Meter interface {
	// Add counts that many bytes under a name, before they are stored; its refusal is the
	// Put's. done is called after: whether they were.
	Add(ctx context.Context, name string, bytes int64) (done func(ctx context.Context, stored bool) error, err error)
}

// Metered is the same store, with a meter for what is put.
func (s *Store) Metered(m Meter) *Store { return &Store{s.driver, m} }

// Put stores what r gives, at most MaxBytes, in place of any object of that name.
func (s *Store) Put(ctx context.Context, name string, r io.Reader) (Info, error) {
	return s.put(ctx, name, r, false)
}

// Create is Put for a name that must be free; else ErrExists.
func (s *Store) Create(ctx context.Context, name string, r io.Reader) (Info, error) {
	return s.put(ctx, name, r, true)
}

func (s *Store) put(ctx context.Context, name string, r io.Reader, exclusive bool) (Info, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return Info{}, err
	}
	full, err := scope.name(name)
	if err != nil {
		return Info{}, err
	}
	done, err := s.count(ctx, name, r)
	if err != nil {
		return Info{}, err
	}
	info, err := s.driver.Put(ctx, full, &limited{r: r, left: MaxBytes}, exclusive)
	if counted := done(context.WithoutCancel(ctx), err == nil); err == nil {
		err = counted
	}
	if err != nil {
		return Info{}, err
	}
	return scope.out(info)
}

// count tells the meter of an object whose size is known: a buffer's. One that is
// streamed is counted when all objects are.
func (s *Store) count(ctx context.Context, name string, r io.Reader) (done func(context.Context, bool) error, err error) {
	sized, ok := r.(interface{ Len() int })
	if s.meter == nil || !ok {
		return func(context.Context, bool) error { return nil }, nil
	}
	return s.meter.Add(ctx, name, int64(sized.Len()))
}

// Get opens an object; the caller closes it.
func (s *Store) Get(ctx context.Context, name string) (io.ReadCloser, Info, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return nil, Info{}, err
	}
	full, err := scope.name(name)
	if err != nil {
		return nil, Info{}, err
	}
	r, info, err := s.driver.Get(ctx, full)
	if err != nil {
		return nil, Info{}, err
	}
	if info, err = scope.out(info); err != nil {
		r.Close()
		return nil, Info{}, err
	}
	return r, info, nil
}

// GetRange opens length bytes from offset, fewer where the object is shorter;
// the caller closes it.
func (s *Store) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	full, err := scope.name(name)
	if err != nil {
		return nil, err
	}
	if offset < 0 || length <= 0 || offset > MaxBytes || length > MaxBytes {
		return nil, fmt.Errorf("%w: range of %d bytes from %d", ErrInvalid, length, offset)
	}
	return s.driver.GetRange(ctx, full, offset, length)
}

// ReadAll reads a whole object of at most limit bytes; a larger one is
// ErrTooLarge.
func (s *Store) ReadAll(ctx context.Context, name string, limit int64) ([]byte, error) {
	r, info, err := s.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if info.Size > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, info.Size, limit)
	}
	buf := bytes.NewBuffer(make([]byte, 0, max(0, info.Size)+bytes.MinRead))
	_, err = buf.ReadFrom(&limited{r: r, left: limit})
	return buf.Bytes(), err
}

// Delete removes an object; a missing one is no error.
func (s *Store) Delete(ctx context.Context, name string) error {
	scope, err := scopeOf(ctx)
	if err != nil {
		return err
	}
	full, err := scope.name(name)
	if err != nil {
		return err
	}
	return s.driver.Delete(ctx, full)
}

// List returns at most limit (1..MaxList) objects whose names start with prefix,
// in the order of their bytes, after the name after ("" from the start).
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]Info, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("%w: a list of %d is not in 1..%d", ErrInvalid, limit, MaxList)
	}
	full, err := scope.listPrefix(prefix)
	if err != nil {
		return nil, err
	}
	if after != "" {
		if after, err = scope.name(after); err != nil {
			return nil, err
		}
	}
	infos, err := s.driver.List(ctx, full, after, limit)
	if err != nil {
		return nil, err
	}
	for i := range infos {
		if infos[i], err = scope.out(infos[i]); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

// All ranges over every object whose name starts with prefix. An error ends it,
// as the last pair.
func (s *Store) All(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for after := ""; ; {
			infos, err := s.List(ctx, prefix, after, MaxList)
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, info := range infos {
				if !yield(info, nil) {
					return
				}
			}
			if len(infos) < MaxList {
				return
			}
			after = infos[len(infos)-1].Name
		}
	}
}

// limited gives ErrTooLarge where its reader has more than left bytes; unlike
// io.LimitReader it never cuts in silence.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}

// out takes the tenant off; an object of another tenant is a defect of the driver.
func (s scope) out(info Info) (Info, error) {
	name, ok := strings.CutPrefix(info.Name, s.prefix)
	if !ok {
		return Info{}, errForeign
	}
	info.Name = name
	return info, nil
}
