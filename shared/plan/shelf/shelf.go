// Package shelf keeps what planning reads from a document beside the document, so that
// it is read once, when the document is imported, and loaded afterwards. It decides
// nothing: where there is none, or one that cannot be used, whoever wants it reads the
// document, and gives it to the shelf.
//
// Of a document of hash H the object is spec/H.catalogue-N, where N is the version of
// the layout: a program of another version leaves it alone. It is never changed; one
// that is damaged is replaced by the same bytes as they should be.
package shelf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
)

// Blobs is where catalogues are kept, by workspace.
type Blobs interface {
	Put(ctx context.Context, name string, r io.Reader) (blob.Info, error)
	Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error)
	ReadAll(ctx context.Context, name string, limit int64) ([]byte, error)
}

// Documents opens stored documents by their hash.
type Documents interface {
	Open(ctx context.Context, hash string) (*spec.Document, error)
}

const (
	// buildTime bounds the reading of a document, and every access to one.
	buildTime = time.Minute
	// mostStored is how large a catalogue may be, packed.
	mostStored = 32 << 20
)

// Shelf keeps the catalogues of each workspace apart by the one in the context. It is
// safe for concurrent use.
type Shelf struct {
	blobs Blobs
	docs  Documents
	log   *slog.Logger
}

// New makes a Shelf. Where catalogues are only stored it needs no docs.
func New(blobs Blobs, docs Documents, log *slog.Logger) *Shelf {
	return &Shelf{blobs: blobs, docs: docs, log: log}
}

// object names a document's catalogue.
func object(hash string) string {
	_, version, _ := strings.Cut(strings.TrimSpace(catalog.Layout), "/")
	return library.ObjectName(hash, ".catalogue-"+version)
}

// Imported reads a document that was imported and stores its catalogue, unless that is
// there. A failure is logged: the document is none the worse for it.
func (s *Shelf) Imported(ctx context.Context, doc *spec.Document) {
	ctx, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	if err := s.imported(ctx, doc); err != nil {
		s.log.WarnContext(ctx, "catalogue not stored", "specHash", doc.Info().Hash, "cause", err)
	}
}

func (s *Shelf) imported(ctx context.Context, doc *spec.Document) (err error) {
	defer func() {
		if r := recover(); r != nil { // documents are hostile
			err = fmt.Errorf("shelf: panic: %v\n%s", r, debug.Stack())
		}
	}()
	r, _, err := s.blobs.Get(ctx, object(doc.Info().Hash))
	if err == nil {
		return r.Close()
	}
	if !errors.Is(err, blob.ErrNotFound) {
		return err
	}
	api, _, err := catalog.New(ctx, doc)
	if err != nil {
		return err
	}
	return s.Save(ctx, doc.Info().Hash, api)
}

// Save stores the catalogue of the document with a hash.
func (s *Shelf) Save(ctx context.Context, hash string, api *catalog.API) error {
	b, err := api.Encode()
	if err != nil {
		return err
	}
	if len(b) > mostStored {
		return catalog.ErrLarge
	}
	_, err = s.blobs.Put(ctx, object(hash), bytes.NewReader(b))
	return err
}

// Load opens the stored catalogue of the document with a hash. Its document is opened
// in the workspace of the context, when somebody asks for more than the catalogue has.
// The errors are blob.ErrNotFound, catalog.ErrStored and those of the store.
func (s *Shelf) Load(ctx context.Context, hash string) (*catalog.API, error) {
	name := object(hash)
	if name == "" {
		return nil, blob.ErrNotFound
	}
	b, err := s.blobs.ReadAll(ctx, name, mostStored)
	if errors.Is(err, blob.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", catalog.ErrStored, err)
	}
	if err != nil {
		return nil, err
	}
	own := context.WithoutCancel(ctx) // a catalogue outlives the request that it was loaded for
	return catalog.Decode(b, hash, func() (*spec.Document, error) {
		ctx, cancel := context.WithTimeout(own, buildTime)
		defer cancel()
		return s.docs.Open(ctx, hash)
	})
}
