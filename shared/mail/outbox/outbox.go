// Package outbox is the mail.Sender of the one-machine home: a folder with one
// .eml file a message, which any mail program opens. It sends nothing anywhere,
// and keeps the newest only.
package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/mail"
)

const (
	// stamp begins each file's name, so that names sort by time.
	stamp     = "20060102T150405.000000000Z"
	extension = ".eml"
	// temporary files begin with a dot; what a crash left of them goes after leftover.
	tempMark = "."
	leftover = time.Hour
)

// Outbox is a folder of messages. Messages hold links that sign people in: files
// and folder are their owner's alone.
type Outbox struct {
	root *os.Root
	o    Options
	// trimming lets one Send at a time look for what is too old.
	trimming sync.Mutex
}

var _ mail.Sender = (*Outbox)(nil)

// Options of an Outbox.
type Options struct {
	// From is the sender's address. Defaults to apiq@localhost.localdomain.
	From string
	// Keep is how many messages stay; older ones are removed. Defaults to 1000.
	Keep int
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Open opens the folder, and makes it where there is none. Close it after use.
func Open(path string, opts *Options) (*Outbox, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.From == "" {
		o.From = "apiq@localhost.localdomain"
	}
	if !mail.IsAddress(o.From) {
		return nil, errors.New("outbox: the sender is not an address")
	}
	if o.Keep <= 0 {
		o.Keep = 1000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return &Outbox{root: root, o: o}, nil
}

// Close closes the folder.
func (b *Outbox) Close() error { return b.root.Close() }

// Send writes a message to the folder: whole and durable, or not at all.
func (b *Outbox) Send(ctx context.Context, m mail.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	at, id := b.o.Now().UTC(), rand.Text()
	content, err := compose(m, b.o.From, at, id)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := b.write(at.Format(stamp)+"-"+id+extension, content); err != nil {
		return fmt.Errorf("outbox: %w: %w", mail.ErrUnavailable, err)
	}
	if err := b.trim(); err != nil {
		return fmt.Errorf("outbox: %w: %w", mail.ErrUnavailable, err)
	}
	return nil
}

func (b *Outbox) write(name string, content []byte) (err error) {
	temp := tempMark + name
	f, err := b.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = b.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, b.root.Remove(temp))
	}
	return b.syncFolder()
}

// syncFolder makes names durable; Windows does so by itself.
func (b *Outbox) syncFolder() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := b.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// trim removes what is beyond Keep, and what crashes left behind.
func (b *Outbox) trim() error {
	b.trimming.Lock()
	defer b.trimming.Unlock()
	names, temps, err := b.names()
	if err != nil {
		return err
	}
	old := names[:max(0, len(names)-b.o.Keep)]
	for _, name := range temps {
		at, err := time.Parse(stamp, strings.TrimPrefix(name, tempMark)[:len(stamp)])
		if err == nil && b.o.Now().Sub(at) > leftover {
			old = append(slices.Clip(old), name)
		}
	}
	for _, name := range old {
		if err := b.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// names are the messages' files, oldest first, and those that are not finished.
// What else lies in the folder is not ours.
func (b *Outbox) names() (names, temps []string, err error) {
	f, err := b.root.Open(".")
	if err != nil {
		return nil, nil, err
	}
	all, err := f.Readdirnames(-1)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, err
	}
	for _, name := range all {
		plain, temp := strings.CutPrefix(name, tempMark)
		switch {
		case !isName(plain):
		case temp:
			temps = append(temps, name)
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, temps, nil
}

func isName(name string) bool {
	if len(name) <= len(stamp) || !strings.HasSuffix(name, extension) {
		return false
	}
	_, err := time.Parse(stamp, name[:len(stamp)])
	return err == nil && name[len(stamp)] == '-'
}
