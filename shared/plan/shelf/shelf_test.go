package shelf_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/blob/dir"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/plantest"
	"github.com/apiq/apiq/shared/plan/shelf"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
	"github.com/apiq/apiq/shared/tenant"
)

// documents has one, and counts how often it is opened, and by whom.
type documents struct {
	doc *spec.Document
	by  []string
}

func (d *documents) Open(ctx context.Context, _ string) (*spec.Document, error) {
	workspace, err := tenant.From(ctx)
	d.by = append(d.by, workspace)
	return d.doc, err
}

// counted are blobs that count what is put.
type counted struct {
	*blob.Store
	puts int
	name string
}

func (c *counted) Put(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	c.puts, c.name = c.puts+1, name
	return c.Store.Put(ctx, name, r)
}

func open(t *testing.T) (*shelf.Shelf, *counted, *documents, *bytes.Buffer) {
	t.Helper()
	objects, err := dir.Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	log := &bytes.Buffer{}
	blobs, docs := &counted{Store: blob.New(objects)}, &documents{doc: spectest.Open(t, "../testdata/library.yaml")}
	return shelf.New(blobs, docs, slog.New(slog.NewTextHandler(log, nil))), blobs, docs, log
}

// TestImported: what is imported is stored once, is found without its document, and is
// the workspace's own.
func TestImported(t *testing.T) {
	t.Parallel()
	s, blobs, docs, log := open(t)
	hash := docs.doc.Info().Hash
	ctx := tenant.With(t.Context(), "wsp_a")
	if _, err := s.Load(ctx, hash); !errors.Is(err, blob.ErrNotFound) {
		t.Fatalf("before the import: %v", err)
	}
	s.Imported(ctx, docs.doc)
	s.Imported(ctx, docs.doc)
	if blobs.puts != 1 || log.Len() > 0 {
		t.Fatalf("stored %d times; log: %s", blobs.puts, log)
	}
	api, err := s.Load(ctx, hash)
	if err != nil {
		t.Fatal(err)
	}
	loan, ok := api.Op("createLoan")
	if !ok || len(loan.Args) == 0 || len(docs.by) != 0 {
		t.Fatalf("the document was opened by %v", docs.by)
	}
	if !loan.Args[0].Shape().Known() || len(docs.by) != 1 || docs.by[0] != "wsp_a" {
		t.Errorf("the document was opened by %v", docs.by)
	}
	if _, err := s.Load(tenant.With(t.Context(), "wsp_b"), hash); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("another workspace's: %v", err)
	}
	if _, err := s.Load(t.Context(), hash); !errors.Is(err, tenant.ErrNone) {
		t.Errorf("without a workspace: %v", err)
	}
	if _, err := s.Load(ctx, "sha256:../../x"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("no hash: %v", err)
	}
}

// TestDamaged: what cannot be used is refused, and replaced by who saves it again.
func TestDamaged(t *testing.T) {
	t.Parallel()
	s, blobs, docs, _ := open(t)
	hash := docs.doc.Info().Hash
	ctx := tenant.With(t.Context(), "wsp_a")
	s.Imported(ctx, docs.doc)
	whole, err := blobs.ReadAll(ctx, blobs.name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": {}, "cut": whole[:len(whole)/2], "another layout": append([]byte("apiq-catalogue/0\n"), whole...),
		"changed": append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1), "too large": make([]byte, 33<<20),
	} {
		if _, err := blobs.Put(ctx, blobs.name, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Load(ctx, hash); !errors.Is(err, catalog.ErrStored) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Save(ctx, hash, plantest.API(t, docs.doc)); err != nil {
		t.Fatal(err)
	}
	if again, err := blobs.ReadAll(ctx, blobs.name, 1<<20); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("it is not what it was: %v", err)
	}
}

// TestNotStored: an import ends well where its catalogue cannot be stored.
func TestNotStored(t *testing.T) {
	t.Parallel()
	s, blobs, docs, log := open(t)
	s.Imported(t.Context(), docs.doc) // in no workspace
	if blobs.puts != 0 || !bytes.Contains(log.Bytes(), []byte("catalogue not stored")) {
		t.Errorf("stored %d times; log: %s", blobs.puts, log)
	}
}
