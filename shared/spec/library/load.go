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
	// blockTimeout bounds the read of a part that no caller's context bounds.
	blockTimeout = 20 * time.Second
)

func missing(err error) error {
	return apierr.Wrap(apierr.NotFound, "The document is not stored here.", err)
}

// load reopens a document by its index; a large one's text is read as it is asked
// for. Where the index is of another layout than this program's, or does not fit
// the text, it is made again from the document, with no request.
func (l *Library) load(ctx context.Context, hash string) (*spec.Document, error) {
	if blobName(hash, "") == "" {
		return nil, missing(fmt.Errorf("library: %.80q is not a hash", hash))
	}
	object, err := l.indexObject(ctx, hash)
	if err != nil {
		return nil, err
	}
	doc, err := l.openIndexed(ctx, hash, object)
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

// indexObject reads the index as it is stored; nil for one of the time before the
// header, which no longer says anything but that the document is whole.
func (l *Library) indexObject(ctx context.Context, hash string) ([]byte, error) {
	r, _, err := l.blobs.Get(ctx, blobName(hash, partIndex))
	if errors.Is(err, blob.ErrNotFound) {
		old, oldErr := l.blobs.GetRange(ctx, blobName(hash, partIndex+oldSuffix), 0, 1)
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
	return io.ReadAll(io.LimitReader(r, maxStored))
}

func (l *Library) openIndexed(ctx context.Context, hash string, object []byte) (*spec.Document, error) {
	rest, ok := bytes.CutPrefix(object, header())
	if !ok {
		return nil, errFormat
	}
	table, index, err := readTable(rest)
	if err != nil {
		return nil, err
	}
	name := blobName(hash, partJSON)
	// Whose document it is stays; the caller's end is not the document's.
	whose := context.WithoutCancel(ctx)
	doc, err := spec.Open(index, spec.Blocks{Size: table.size, Read: func(first, last int, dst []byte) error {
		ctx, cancel := context.WithTimeout(whose, blockTimeout)
		defer cancel()
		err := l.readBlocks(ctx, name, &table, first, last, dst)
		if err != nil {
			l.o.Log.ErrorContext(ctx, "stored document not read", "specHash", hash, "cause", err)
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	if doc.Info().Hash != hash || (doc.Size()+table.size-1)/max(table.size, 1) != len(table.packed) {
		return nil, fmt.Errorf("library: the index of %s is another document's", hash)
	}
	if _, packed := table.span(0, len(table.packed)-1); packed <= eagerBytes {
		if err := doc.Fetch(); err != nil {
			return nil, err
		}
	}
	return doc, nil
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
	if _, err := l.blobs.Put(ctx, blobName(hash, partJSON), text); err != nil {
		return nil, err
	}
	_, err = l.blobs.Put(ctx, blobName(hash, partIndex), bytes.NewReader(index))
	return doc, err
}
