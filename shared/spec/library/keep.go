package library

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
)

// keep stores a parsed document, the index last, and tells how many bytes that
// takes. Storing it again is no error.
func (l *Library) keep(ctx context.Context, doc *spec.Document, raw []byte) (stored int64, err error) {
	hash := doc.Info().Hash
	text, table, err := packBlocks(doc.JSON())
	if err != nil {
		return 0, err
	}
	index, err := packIndex(doc, &table)
	if err != nil {
		return 0, fmt.Errorf("library: index of %s: %w", hash, err)
	}
	stored = int64(text.Len() + len(index))
	if err := l.putText(ctx, hash, text); err != nil {
		return 0, err
	}
	if !bytes.Equal(raw, doc.JSON()) {
		n, err := l.putPart(ctx, hash, partSource, raw)
		if err != nil {
			return 0, err
		}
		stored += n
	}
	return stored, l.create(ctx, hash, partIndex, bytes.NewReader(index))
}

// packIndex is the index object: the header, where the blocks lie, the index. The
// last packs its sections itself.
func packIndex(doc *spec.Document, table *blockTable) ([]byte, error) {
	index, err := doc.Index()
	if err != nil {
		return nil, err
	}
	return append(table.appendTo(header()), index...), nil
}

// putText stores a document's blocks. Where there are some but no index that says
// where they lie, a process ended between the two: it may have packed otherwise, so
// that they are replaced.
func (l *Library) putText(ctx context.Context, hash string, text *bytes.Buffer) error {
	packed := text.Bytes()
	_, err := l.blobs.Create(ctx, ObjectName(hash, partJSON), bytes.NewReader(packed))
	if errors.Is(err, blob.ErrExists) {
		r, err := l.blobs.GetRange(ctx, ObjectName(hash, partIndex), 0, 1)
		if err == nil {
			return r.Close()
		}
		if errors.Is(err, blob.ErrNotFound) {
			_, err = l.blobs.Put(ctx, ObjectName(hash, partJSON), bytes.NewReader(packed))
		}
		return wrapStore(hash, partJSON, err)
	}
	return wrapStore(hash, partJSON, err)
}

// putPart packs and stores a part in one piece and tells its size.
func (l *Library) putPart(ctx context.Context, hash, part string, data []byte) (int64, error) {
	buf := bytes.NewBuffer(header())
	z := gzip.NewWriter(buf)
	if _, err := z.Write(data); err != nil {
		return 0, err
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	n := int64(buf.Len())
	return n, l.create(ctx, hash, part, buf)
}

func (l *Library) create(ctx context.Context, hash, part string, r io.Reader) error {
	_, err := l.blobs.Create(ctx, ObjectName(hash, part), r)
	if errors.Is(err, blob.ErrExists) {
		return nil
	}
	return wrapStore(hash, part, err)
}

func wrapStore(hash, part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("library: store %s%s: %w", hash, part, err)
}

// getPart reads and unpacks a part, of the time before the header too;
// blob.ErrNotFound where there is none.
func (l *Library) getPart(ctx context.Context, hash, part string) ([]byte, error) {
	r, _, err := l.blobs.Get(ctx, ObjectName(hash, part))
	if errors.Is(err, blob.ErrNotFound) {
		r, _, err = l.blobs.Get(ctx, ObjectName(hash, part+oldSuffix))
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := unpackObject(r)
	if err != nil {
		return nil, fmt.Errorf("library: read %s%s: %w", hash, part, err)
	}
	return data, nil
}
