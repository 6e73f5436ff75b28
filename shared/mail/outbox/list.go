package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

// maxFile is above what the largest message takes when every byte is quoted.
const maxFile = 4 * mail.MaxBytes

// Entry is one message of the folder; its name is the file's.
type Entry = mail.Kept

var _ mail.Keeper = (*Outbox)(nil)

// Read returns one message.
func (b *Outbox) Read(_ context.Context, name string) (Entry, error) {
	if !isName(name) || strings.ContainsAny(name, `/\\`) {
		return Entry{}, fmt.Errorf("outbox: %w", mail.ErrNotKept)
	}
	e, err := b.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Entry{}, fmt.Errorf("outbox: %w", mail.ErrNotKept)
	case err != nil:
		return Entry{}, fmt.Errorf("outbox: %w", err)
	}
	return e, nil
}

// List returns at most limit messages, the newest first, from before the one of
// that name ("" from the newest). Error: the folder's.
func (b *Outbox) List(ctx context.Context, before string, limit int) ([]Entry, error) {
	if before != "" && !isName(before) {
		return nil, fmt.Errorf("outbox: %w", mail.ErrNotKept)
	}
	names, _, err := b.names()
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	var entries []Entry
	for i := len(names) - 1; i >= 0 && len(entries) < limit; i-- {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if before != "" && names[i] >= before {
			continue
		}
		e, err := b.read(names[i])
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("outbox: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (b *Outbox) read(name string) (Entry, error) {
	e := Entry{Name: name}
	e.SentAt, _ = time.Parse(stamp, name[:len(stamp)]) // isName has parsed it
	info, err := b.root.Lstat(name)
	if err != nil {
		return e, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile { // a pipe would block, a link leads elsewhere
		e.Damaged = true
		return e, nil
	}
	f, err := b.root.Open(name)
	if err != nil {
		return e, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err = errors.Join(err, f.Close()); err != nil {
		return e, err
	}
	if e.Message, err = parse(content); err != nil {
		e.Message, e.Damaged = mail.Message{}, true
	}
	return e, nil
}
