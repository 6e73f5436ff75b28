package library_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec/library"
)

// TestReindex: a stored index of another layout is made again without a request.
func TestReindex(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"JSON": petsJSON, "YAML": petsYAML} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, ctx := newHome(t, library.Options{OpenBytes: 1}), in(t, "wsp_a")
			res, err := h.Add(ctx, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			other, err := h.Add(ctx, []byte(strings.Replace(text, "Pets", "Cats", 1))) // pushes the first out of memory
			if err != nil || other.Hash == res.Hash {
				t.Fatal(err)
			}
			name := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".idx"
			if _, err := h.blobs.Put(ctx, name, strings.NewReader(string(gzipped("old layout")))); err != nil {
				t.Fatal(err)
			}
			doc, err := h.Open(ctx, res.Hash)
			if err != nil || doc.Len() != res.Document.Len() || doc.Info().Format != res.Document.Info().Format {
				t.Fatalf("%v", err)
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{OpenBytes: 1}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(petsJSON))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Add(ctx, []byte(petsYAML)); err != nil {
		t.Fatal(err)
	}
	name := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".json"
	if _, err := h.blobs.Put(ctx, name, strings.NewReader(string(gzipped(strings.Replace(petsJSON, "pets", "rats", 1))))); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Open(ctx, res.Hash); err == nil {
		t.Error("a document that was changed in the store is opened")
	}
	for _, hash := range []string{"", "sha256:", "sha256:../../x", "md5:00", "sha256:" + strings.Repeat("AB", 32)} {
		if _, err := h.Open(ctx, hash); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("open %q: %v", hash, err)
		}
	}
}

func TestStash(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{MaxBytes: 1 << 20}), in(t, "wsp_a")
	for _, text := range []string{petsJSON, petsYAML} {
		hash, err := h.Stash(ctx, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		res, err := h.AddStashed(ctx, hash)
		if err != nil || res.Hash != hash {
			t.Fatalf("%s, %v", res.Hash, err)
		}
	}
	if n := h.objects(t, ctx); n != 2+3 { // a JSON document needs no source beside it
		t.Errorf("%d objects", n)
	}
	bad, err := h.Stash(ctx, []byte("<html>"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.AddStashed(ctx, bad)
	wantCode(t, err, apierr.SpecInvalid)
	if n := h.objects(t, ctx); n != 5 {
		t.Errorf("an unusable stash stays: %d objects", n)
	}
	_, err = h.AddStashed(ctx, bad)
	wantCode(t, err, apierr.NotFound)
	_, err = h.Stash(ctx, make([]byte, 1<<20+1))
	wantCode(t, err, apierr.SpecTooLarge)
}

// failing refuses to store one part of each document.
type failing struct {
	*blob.Store
	part string
}

func (f failing) Create(ctx context.Context, name string, r io.Reader) (blob.Info, error) {
	if strings.HasSuffix(name, f.part) {
		return blob.Info{}, errors.New("disk full")
	}
	return f.Store.Create(ctx, name, r)
}

// TestNothingHalf: where storing ends in the middle there is no document and no
// record of one, and the next fetch starts anew.
func TestNothingHalf(t *testing.T) {
	t.Parallel()
	for _, part := range []string{".json", ".src", ".idx"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			src := &source{body: petsYAML}
			req := library.Request{URL: serve(t, src.ServeHTTP)}
			h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
			half := h.over(failing{h.blobs, part})
			t.Cleanup(half.Close)
			if _, err := half.Fetch(ctx, req); apierr.CodeOf(err) != apierr.Internal {
				t.Fatalf("got %v", err)
			}
			if list, _, _ := half.List(ctx, 10, ""); len(list) != 0 {
				t.Errorf("recorded %v", list)
			}
			res := fetch(t, h, ctx, req, library.Fetched)
			if _, err := h.Open(ctx, res.Hash); err != nil {
				t.Error(err)
			}
		})
	}
}
