package library

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
)

// Parts of a stored document.
const (
	partJSON   = ".json.gz"
	partSource = ".src.gz"
	partIndex  = ".idx.gz"
)

// maxStored bounds what one of our own objects unpacks to. It is far above what
// is accepted, so that documents stay readable when the limit is lowered.
const maxStored = 512 << 20

// blobName names a part of the document of a hash, "" for what is not a hash.
func blobName(hash, part string) string {
	digest, ok := strings.CutPrefix(hash, "sha256:")
	if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != 32 || digest != strings.ToLower(digest) {
		return ""
	}
	return "spec/" + digest + part
}

// keep stores a parsed document, the index last. Storing it again is no error.
func (l *Library) keep(ctx context.Context, doc *spec.Document, raw []byte) error {
	hash := doc.Info().Hash
	index, err := doc.Index()
	if err != nil {
		return fmt.Errorf("library: index of %s: %w", hash, err)
	}
	if err := l.putPart(ctx, hash, partJSON, doc.JSON()); err != nil {
		return err
	}
	if !bytes.Equal(raw, doc.JSON()) {
		if err := l.putPart(ctx, hash, partSource, raw); err != nil {
			return err
		}
	}
	return l.putPart(ctx, hash, partIndex, index)
}

func (l *Library) putPart(ctx context.Context, hash, part string, data []byte) error {
	packed, err := pack(data)
	if err != nil {
		return err
	}
	_, err = l.blobs.Create(ctx, blobName(hash, part), packed)
	if err != nil && !errors.Is(err, blob.ErrExists) {
		return fmt.Errorf("library: store %s%s: %w", hash, part, err)
	}
	return nil
}

// getPart reads and unpacks a part; blob.ErrNotFound where there is none.
func (l *Library) getPart(ctx context.Context, hash, part string) ([]byte, error) {
	r, _, err := l.blobs.Get(ctx, blobName(hash, part))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("library: open %s%s: %w", hash, part, err)
	}
	defer z.Close()
	data, err := io.ReadAll(io.LimitReader(z, maxStored+1))
	if err == nil && len(data) > maxStored {
		err = errTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("library: read %s%s: %w", hash, part, err)
	}
	return data, nil
}

func pack(data []byte) (*bytes.Buffer, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	return &buf, z.Close()
}

// load reads a document back. Where the index is of another layout than this
// program's it is made again from the document, with no request.
func (l *Library) load(ctx context.Context, hash string) (*spec.Document, error) {
	missing := func(err error) error {
		return apierr.Wrap(apierr.NotFound, "The document is not stored here.", err)
	}
	if blobName(hash, "") == "" {
		return nil, missing(fmt.Errorf("library: %.80q is not a hash", hash))
	}
	index, err := l.getPart(ctx, hash, partIndex)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, missing(err)
	}
	if err != nil {
		return nil, err
	}
	text, err := l.getPart(ctx, hash, partJSON)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, missing(err)
	}
	if err != nil {
		return nil, err
	}
	doc, err := spec.Load(text, index)
	if err == nil && doc.Info().Hash == hash {
		return doc, nil
	}
	l.o.Log.WarnContext(ctx, "index made again", "specHash", hash, "cause", err)
	return l.reindex(ctx, hash, text)
}

func (l *Library) reindex(ctx context.Context, hash string, text []byte) (*spec.Document, error) {
	raw, err := l.getPart(ctx, hash, partSource)
	if errors.Is(err, blob.ErrNotFound) {
		raw, err = text, nil
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
	index, err := doc.Index()
	if err != nil {
		return nil, err
	}
	packed, err := pack(index)
	if err != nil {
		return nil, err
	}
	_, err = l.blobs.Put(ctx, blobName(hash, partIndex), packed)
	return doc, err
}
