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
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/apiq/apiq/shared/blob"
)

// Verify reads a backup and says whether it is whole: every byte is what was
// written. Errors are ErrForeign, ErrNewer, ErrDamaged, and those of reading.
func Verify(ctx context.Context, path string, opts *Options) (Summary, error) {
	o := withDefaults(opts)
	o.Progress.begin("reading")
	return read(ctx, path, o, func(string, io.Reader) error { return nil })
}

// sink gets each entry but the manifest's before anything says that it is whole.
type sink func(name string, r io.Reader) error

func read(ctx context.Context, path string, o Options, to sink) (_ Summary, err error) {
	f, err := os.Open(path)
	if err != nil {
		return Summary{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Summary{}, err
	}
	if !info.Mode().IsRegular() {
		return Summary{}, fmt.Errorf("%s is not a plain file", path)
	}
	return readAll(ctx, f, info.Size(), o, to)
}

func readAll(ctx context.Context, f io.ReaderAt, size int64, o Options, to sink) (Summary, error) {
	r := &reader{p: o.Progress, to: to, names: map[string]bool{}}
	r.sum.Bytes = size
	whole := sha256.New()
	body := bufio.NewReaderSize(blob.Cancellable(ctx, io.NewSectionReader(f, 0, max(0, size-trailerLen))), bufferBytes)
	r.tar = tar.NewReader(io.TeeReader(body, whole))
	if err := r.all(); err != nil {
		return r.sum, err
	}
	if n, err := io.Copy(io.Discard, body); n > 0 || err != nil {
		return r.sum, errors.Join(damaged("there is something behind the manifest"), err)
	}
	return r.sum, compareTrailer(f, size, whole.Sum(nil))
}

func compareTrailer(f io.ReaderAt, size int64, sum []byte) error {
	want, err := trailer(sum)
	if err != nil {
		return err
	}
	got := make([]byte, trailerLen)
	if _, err := f.ReadAt(got, size-trailerLen); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return damaged("its bytes do not have the sum that stands at its end")
	}
	return nil
}

type reader struct {
	tar   *tar.Reader
	p     *Progress
	to    sink
	names map[string]bool
	files []File
	sum   Summary
}

// all reads up to the manifest, and compares with it what was read.
func (r *reader) all() error {
	if err := r.header(); err != nil {
		return err
	}
	for {
		h, err := r.next()
		if errors.Is(err, io.EOF) {
			return damaged("it ends before its manifest")
		}
		if err != nil {
			return err
		}
		if h.Name == manifestName {
			return r.manifest(h)
		}
		if err := r.entry(h, r.to); err != nil {
			return err
		}
	}
}

// header reads the first entry; what cannot be read there is no backup.
func (r *reader) header() error {
	h, err := r.tar.Next()
	var fault *fs.PathError
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &fault):
		return err
	case err != nil || h.Name != headerName || h.Size > maxHeader:
		return ErrForeign
	}
	if err := r.check(h); err != nil {
		return err
	}
	var raw []byte
	if err := r.entry(h, func(_ string, from io.Reader) (err error) { raw, err = io.ReadAll(from); return err }); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &r.sum.Header); err != nil || r.sum.Format < 1 {
		return damaged("its first entry cannot be read")
	}
	if r.sum.Format > Format {
		return fmt.Errorf("%w (form %d by apiq %.40q; this one reads up to %d)", ErrNewer, r.sum.Format, r.sum.Program, Format)
	}
	return nil
}

func (r *reader) next() (*tar.Header, error) {
	h, err := r.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrInsecurePath):
		return nil, damaged("an entry cannot be read")
	case err != nil:
		return nil, err
	}
	return h, r.check(h)
}

// check refuses what no backup has: other names, links, files with holes, which
// are larger than the file they are in, and a second entry of one name.
func (r *reader) check(h *tar.Header) error {
	most, ok := largest(h.Name)
	if !ok {
		return damaged("no backup has an entry %.80q", h.Name)
	}
	if h.Typeflag != tar.TypeReg || h.Format != tar.FormatUSTAR && h.Format != tar.FormatPAX {
		return damaged("%.80q is not a plain file", h.Name)
	}
	for key := range h.PAXRecords {
		if key != "path" && key != "size" {
			return damaged("%.80q has attributes that no backup has", h.Name)
		}
	}
	if h.Size < 0 || h.Size > most || h.Size > r.sum.Bytes {
		return damaged("%.80q has %d bytes", h.Name, h.Size)
	}
	if r.names[h.Name] {
		return damaged("%.80q is there twice", h.Name)
	}
	r.names[h.Name] = true
	return nil
}

func (r *reader) entry(h *tar.Header, to sink) error {
	sum := sha256.New()
	from := io.TeeReader(r.tar, io.MultiWriter(sum, counted{r.p}))
	if err := to(h.Name, from); err != nil {
		return cut(err)
	}
	if _, err := io.Copy(io.Discard, from); err != nil { // what the sink left
		return cut(err)
	}
	f := File{Name: h.Name, Size: h.Size, SHA256: hex.EncodeToString(sum.Sum(nil))}
	r.files = append(r.files, f)
	r.sum.count(f)
	r.p.add(1, 0)
	return nil
}

// cut gives its name to an entry that ends too early.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it ends in the middle of an entry")
	}
	return err
}

func (r *reader) manifest(h *tar.Header) error {
	raw, err := io.ReadAll(r.tar)
	if err != nil {
		return cut(err)
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return damaged("its manifest cannot be read")
	}
	if !slices.Equal(m.Files, r.files) {
		return damaged("its entries are not those of its manifest")
	}
	if !r.names[TableName] || r.names[KeyName] != r.sum.WithKey {
		return damaged("it lacks the table, or the key that it names")
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged("there is something behind the manifest")
	}
	return nil
}
