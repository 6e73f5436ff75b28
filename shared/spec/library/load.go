package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
)

const (
	// eagerBytes is up to how many packed bytes a document is read as a whole when it
	// is opened: one read costs no more than a part of it.
	eagerBytes = 64 << 10
	// indexStart is how many bytes of an index are read when a document is opened for
	// one operation: all of most, and of any where the document's blocks lie, its head,
	// and often the components. The blocks of the largest document that is kept
	// (maxStored) take 57 KB.
	indexStart = 64 << 10
	// indexPage is in what units the rest of an index is read.
	indexPage = 4 << 10
	// blockTimeout bounds the read of a part that no caller's context bounds.
	blockTimeout = 20 * time.Second
)

func missing(err error) error {
	return apierr.Wrap(apierr.NotFound, "The document is not stored here.", err)
}

// load reopens a document by its index, by all of it or by its beginning; a large
// one's text is read as it is asked for, and so is the rest of the index. Where the
// index is of another layout than this program's, is damaged, or does not fit the
// text, it is made again from the document, with no request.
func (l *Library) load(ctx context.Context, hash string, whole bool) (*spec.Document, error) {
	if ObjectName(hash, "") == "" {
		return nil, missing(fmt.Errorf("library: %.80q is not a hash", hash))
	}
	object, err := l.indexObject(ctx, hash, whole)
	if err != nil {
		return nil, err
	}
	doc, err := l.openIndexed(ctx, hash, object, whole)
	switch {
	case err == nil:
		return doc, nil
	case errors.Is(err, blob.ErrNotFound):
		return nil, missing(err)
	case errors.Is(err, blob.ErrUnavailable):
		return nil, err
	}
	l.o.Log.WarnContext(ctx, "index made again", "specHash", hash, "cause", err)
	return l.reindex(ctx, hash)
}

// indexObject reads the index as it is stored, or its beginning; nil for one of the
// time before the header, which no longer says anything but that the document is
// whole.
func (l *Library) indexObject(ctx context.Context, hash string, whole bool) ([]byte, error) {
	length := int64(indexStart)
	if whole {
		length = blob.MaxBytes
	}
	r, err := l.blobs.GetRange(ctx, ObjectName(hash, partIndex), 0, length)
	if errors.Is(err, blob.ErrNotFound) {
		old, oldErr := l.blobs.GetRange(ctx, ObjectName(hash, partIndex+oldSuffix), 0, 1)
		if oldErr == nil {
			return nil, old.Close()
		}
		err = oldErr
	}
	if errors.Is(err, blob.ErrNotFound) {
		return nil, missing(err)
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (l *Library) openIndexed(ctx context.Context, hash string, object []byte, whole bool) (*spec.Document, error) {
	rest, ok := bytes.CutPrefix(object, header())
	if !ok {
		return nil, errFormat
	}
	table, start, err := readTable(rest)
	if err != nil {
		return nil, err
	}
	if table.size <= 0 {
		return nil, errFormat
	}
	index := spec.Blocks{}
	if !whole {
		index = l.indexBlocks(ctx, hash, int64(len(object)-len(start)))
	}
	doc, err := spec.Open(start, index, l.textBlocks(ctx, hash, &table))
	if err != nil {
		return nil, err
	}
	if doc.Info().Hash != hash || (doc.Size()+table.size-1)/table.size != len(table.packed) {
		return nil, fmt.Errorf("library: the index of %s is another document's", hash)
	}
	if whole {
		if err := doc.FetchIndex(); err != nil {
			return nil, err
		}
	}
	if _, packed := table.span(0, len(table.packed)-1); packed <= eagerBytes {
		if err := doc.Fetch(); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// textBlocks reads a document's bytes, indexBlocks those of its index, which begins
// at an offset of its object. Whose document it is stays; the end of the caller who
// opened it is not the document's.
func (l *Library) textBlocks(ctx context.Context, hash string, table *blockTable) spec.Blocks {
	name := ObjectName(hash, partJSON)
	return l.reads(ctx, hash, table.size, func(ctx context.Context, first, last int, dst []byte) error {
		return l.readBlocks(ctx, name, table, first, last, dst)
	})
}

func (l *Library) indexBlocks(ctx context.Context, hash string, offset int64) spec.Blocks {
	name := ObjectName(hash, partIndex)
	return l.reads(ctx, hash, indexPage, func(ctx context.Context, first, _ int, dst []byte) error {
		r, err := l.blobs.GetRange(ctx, name, offset+int64(first)*indexPage, int64(len(dst)))
		if err != nil {
			return err
		}
		defer r.Close()
		if _, err = io.ReadFull(r, dst); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: it is cut short: %w", spec.ErrIndex, err)
		}
		return err
	})
}

func (l *Library) reads(ctx context.Context, hash string, size int, read func(ctx context.Context, first, last int, dst []byte) error) spec.Blocks {
	whose := context.WithoutCancel(ctx)
	return spec.Blocks{Size: size, Read: func(first, last int, dst []byte) error {
		ctx, cancel := context.WithTimeout(whose, blockTimeout)
		defer cancel()
		err := read(ctx, first, last, dst)
		if err != nil {
			l.o.Log.ErrorContext(ctx, "stored document not read", "specHash", hash, "cause", err)
		}
		return err
	}}
}

// reindex parses a stored document again and stores it anew.
func (l *Library) reindex(ctx context.Context, hash string) (*spec.Document, error) {
	raw, err := l.getPart(ctx, hash, partSource)
	if errors.Is(err, blob.ErrNotFound) {
		raw, err = l.getPart(ctx, hash, partJSON)
	}
	if errors.Is(err, blob.ErrNotFound) {
		return nil, missing(err)
	}
	if err != nil {
		return nil, err
	}
	doc, err := spec.Parse(ctx, raw, &spec.ParseOptions{MaxBytes: maxStored})
	if err != nil {
		return nil, err
	}
	if doc.Info().Hash != hash {
		return nil, fmt.Errorf("library: the stored document %s is damaged", hash)
	}
	text, table, err := packBlocks(doc.JSON())
	if err != nil {
		return nil, err
	}
	index, err := packIndex(doc, &table)
	if err != nil {
		return nil, err
	}
	// The text first: until the index is there too, the sums tell that it is another's.
	if _, err := l.blobs.Put(ctx, ObjectName(hash, partJSON), text); err != nil {
		return nil, err
	}
	_, err = l.blobs.Put(ctx, ObjectName(hash, partIndex), bytes.NewReader(index))
	return doc, err
}
