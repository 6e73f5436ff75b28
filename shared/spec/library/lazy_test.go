package library_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
)

// counting counts the bytes and the requests that reads of the store take.
type counting struct {
	*blob.Store
	bytes, calls atomic.Int64
}

type countingReader struct {
	io.ReadCloser
	c *counting
}

func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.c.bytes.Add(int64(n))
	return n, err
}

func (c *counting) Get(ctx context.Context, name string) (io.ReadCloser, blob.Info, error) {
	r, info, err := c.Store.Get(ctx, name)
	c.calls.Add(1)
	if err != nil {
		return nil, info, err
	}
	return countingReader{r, c}, info, nil
}

func (c *counting) GetRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := c.Store.GetRange(ctx, name, offset, length)
	c.calls.Add(1)
	if err != nil {
		return nil, err
	}
	return countingReader{r, c}, nil
}

// large is a document of n operations whose descriptions do not pack well.
func large(n int) string {
	var b strings.Builder
	b.WriteString(`{"openapi":"3.0.3","info":{"title":"Large","version":"1"},"paths":{`)
	seed := uint64(1)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/things/%d":{"get":{"operationId":"get%d","responses":{"200":{"description":"`, i, i)
		for range 40 {
			seed = seed*6364136223846793005 + 1442695040888963407
			fmt.Fprintf(&b, "%016x", seed)
		}
		b.WriteString(`"}}}}`)
	}
	b.WriteString(`}}`)
	return b.String()
}

// TestOneOperationTouchesKilobytes: a document that is not in memory is not read
// as a whole for one operation.
func TestOneOperationTouchesKilobytes(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	text := large(5000)
	res, err := h.Add(ctx, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	blobs := &counting{Store: h.blobs}
	cold := h.over(blobs)
	t.Cleanup(cold.Close)
	doc, err := cold.Open(ctx, res.Hash)
	if err != nil {
		t.Fatal(err)
	}
	index := blobs.bytes.Load()
	op, err := doc.Operation("get2500")
	if err != nil || op.Responses[0].Description == "" {
		t.Fatalf("%+v, %v", op, err)
	}
	body := blobs.bytes.Load() - index
	t.Logf("document %d bytes: index %d, operation %d, in %d reads", len(text), index, body, blobs.calls.Load())
	if index > int64(len(text))/10 || body > 128<<10 || blobs.calls.Load() > 3 {
		t.Errorf("read %d and %d bytes in %d calls", index, body, blobs.calls.Load())
	}
	if !bytes.Equal(doc.JSON(), []byte(text)) {
		t.Error("the whole is not what was stored")
	}
}

// TestOtherLayouts: objects of the time before the header are read, and what says
// that it is of a later one is not taken for ours.
func TestOtherLayouts(t *testing.T) {
	t.Parallel()
	doc, err := spec.Parse(context.Background(), []byte(petsYAML), nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := func(text []byte) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(text)
		_ = z.Close()
		return b.String()
	}
	name := "spec/" + strings.TrimPrefix(doc.Info().Hash, "sha256:")
	h := newHome(t, library.Options{})
	put := func(ctx context.Context, part, text string) {
		if _, err := h.blobs.Put(ctx, name+part, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("before the header", func(t *testing.T) {
		ctx := in(t, "wsp_old")
		put(ctx, ".json.gz", packed(doc.JSON()))
		put(ctx, ".src.gz", packed([]byte(petsYAML)))
		put(ctx, ".idx.gz", packed([]byte("apiq-index/1\n...")))
		got, err := h.Open(ctx, doc.Info().Hash)
		if err != nil || got.Len() != doc.Len() {
			t.Fatalf("%v", err)
		}
		if _, _, err := h.blobs.Get(ctx, name+".idx"); err != nil {
			t.Errorf("the index was not made anew: %v", err)
		}
	})
	t.Run("of a later time", func(t *testing.T) {
		ctx := in(t, "wsp_new")
		for _, part := range []string{".json", ".src", ".idx"} {
			put(ctx, part, "AQS\x02z and so on")
		}
		if _, err := h.Open(ctx, doc.Info().Hash); err == nil || apierr.CodeOf(err) == apierr.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

// TestLostText: a document whose text is gone or damaged is not opened, or says so
// when it is read.
func TestLostText(t *testing.T) {
	t.Parallel()
	h, ctx := newHome(t, library.Options{}), in(t, "wsp_a")
	res, err := h.Add(ctx, []byte(large(3000)))
	if err != nil {
		t.Fatal(err)
	}
	name := "spec/" + strings.TrimPrefix(res.Hash, "sha256:") + ".json"
	r, _, err := h.blobs.Get(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(r)
	r.Close()
	if err != nil {
		t.Fatal(err)
	}
	for i := 5; i < len(packed); i += 1000 {
		packed[i] ^= 0x10
	}
	for what, spoil := range map[string]func() error{
		"damaged": func() error { _, err := h.blobs.Put(ctx, name, bytes.NewReader(packed)); return err },
		"gone":    func() error { return h.blobs.Delete(ctx, name) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		cold := h.over(h.blobs)
		t.Cleanup(cold.Close)
		doc, err := cold.Open(ctx, res.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := doc.Operation("get1500"); apierr.CodeOf(err) != apierr.Unavailable {
			t.Errorf("%s: got %v, want UNAVAILABLE", what, err)
		}
	}
}
