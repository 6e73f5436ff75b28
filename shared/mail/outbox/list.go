package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

// maxFile is above what the largest message takes when every byte is quoted.
const maxFile = 4 * mail.MaxBytes

// Entry is one message of the folder.
type Entry struct {
	// Name is the file's, and where a list goes on.
	Name   string
	SentAt time.Time
	// Message is what was sent; its lines end in "\n".
	Message mail.Message
	// Damaged: the file is not as Send wrote it, and Message is empty.
	Damaged bool
}

// List returns at most limit messages, the newest first, from before the one of
// that name ("" from the newest). Error: the folder's.
func (b *Outbox) List(ctx context.Context, before string, limit int) ([]Entry, error) {
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
