package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/apiq/apiq/shared/blob"
)

// Source is what is backed up. It may be in use meanwhile.
type Source struct {
	// Table writes the table, as of one moment, to a new file.
	Table func(ctx context.Context, to string) error
	Blobs blob.Driver
	// Key is the key file's content, nil to leave it out; KeyPrint its fingerprint.
	Key      []byte
	KeyPrint string
	// Program is the version of the program.
	Program string
}

// Options of Write, Verify and Restore.
type Options struct {
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Progress is kept up to date. Defaults to nil: nobody looks.
	Progress *Progress
}

func withDefaults(opts *Options) Options {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// tempPrefix begins the names of what is not yet whole.
const tempPrefix = ".apiq-"

// Write makes a backup at path, readable by its owner only. The file appears whole
// and durable, or not at all; one that is there already is os.ErrExist.
func Write(ctx context.Context, path string, src Source, opts *Options) (_ Summary, err error) {
	o := withDefaults(opts)
	if _, err := os.Lstat(path); err == nil {
		return Summary{}, fmt.Errorf("%s: %w: choose another name", path, os.ErrExist)
	}
	dir := filepath.Dir(path)
	temp, err := os.MkdirTemp(dir, tempPrefix+"backup-")
	if err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	whole := filepath.Join(temp, "whole.tar")
	f, err := os.OpenFile(whole, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	out := bufio.NewWriterSize(f, bufferBytes)
	w := &writer{ctx: ctx, out: out, hash: sha256.New(), p: o.Progress, at: o.Now(), seen: map[string]bool{}}
	w.tar = tar.NewWriter(io.MultiWriter(out, w.hash))
	err = w.all(src, filepath.Join(temp, TableName))
	if err = errors.Join(err, out.Flush(), f.Sync()); err == nil {
		var info os.FileInfo
		if info, err = f.Stat(); err == nil {
			w.sum.Bytes = info.Size()
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	// A link, unlike a rename, never replaces what someone made meanwhile.
	if err := os.Link(whole, path); err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	return w.sum, syncDir(dir)
}

type writer struct {
	ctx   context.Context
	out   io.Writer
	tar   *tar.Writer
	hash  hash.Hash
	p     *Progress
	at    time.Time
	files []File
	seen  map[string]bool // objects that are in
	sum   Summary
}

func (w *writer) all(src Source, table string) error {
	w.sum.Header = Header{Format: Format, Program: src.Program, CreatedAt: w.at.UTC(), WithKey: src.Key != nil, KeyPrint: src.KeyPrint}
	if err := w.json(headerName, w.sum.Header); err != nil {
		return err
	}
	w.p.begin("objects")
	if err := w.objects(src.Blobs); err != nil {
		return err
	}
	w.p.begin("table")
	if err := src.Table(w.ctx, table); err != nil {
		return err
	}
	if err := w.file(TableName, table); err != nil {
		return err
	}
	w.p.begin("objects that have come meanwhile")
	if err := w.objects(src.Blobs); err != nil {
		return err
	}
	if src.Key != nil {
		if err := w.bytes(KeyName, src.Key); err != nil {
			return err
		}
	}
	if err := w.json(manifestName, manifest{Files: w.files}); err != nil {
		return err
	}
	if err := w.tar.Flush(); err != nil {
		return err
	}
	end, err := trailer(w.hash.Sum(nil))
	if err != nil {
		return err
	}
	_, err = w.out.Write(end)
	return err
}

// objects adds those that are not in yet.
func (w *writer) objects(from blob.Driver) error {
	for after := ""; ; {
		infos, err := from.List(w.ctx, "", after, blob.MaxList)
		if err != nil {
			return err
		}
		for _, info := range infos {
			if after = info.Name; w.seen[info.Name] {
				continue
			}
			if err := w.object(from, info.Name); err != nil {
				return err
			}
		}
		if len(infos) < blob.MaxList {
			return nil
		}
	}
}

func (w *writer) object(from blob.Driver, name string) error {
	r, info, err := from.Get(w.ctx, name)
	if errors.Is(err, blob.ErrNotFound) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	w.seen[name] = true
	return errors.Join(w.add(blobPrefix+name, info.Size, r), r.Close())
}

func (w *writer) file(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = w.add(name, info.Size(), f)
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}

func (w *writer) json(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.bytes(name, append(b, '\n'))
}

func (w *writer) bytes(name string, b []byte) error {
	return w.add(name, int64(len(b)), bytes.NewReader(b))
}

// add writes one entry and notes it for the manifest.
func (w *writer) add(name string, size int64, r io.Reader) error {
	if most, ok := largest(name); !ok || size > most {
		return fmt.Errorf("%s with %d bytes can't be in a backup", name, size)
	}
	if err := w.tar.WriteHeader(entry(name, size, w.at)); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.tar, sum, counted{w.p}), blob.Cancellable(w.ctx, r))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if n != size {
		return fmt.Errorf("%s has %d bytes, and %d a moment ago", name, n, size)
	}
	f := File{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}
	w.files = append(w.files, f)
	w.sum.count(f)
	w.p.add(1, 0)
	return nil
}
