package connection_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// TestImported: a connection tells what the import of its present document cost,
// and goes on telling so until the document is another.
func TestImported(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	input := connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), AuthType: connection.AuthNone}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, input)
	check(t, err)
	if c.Imported == nil || c.Imported.Bytes != int64(len(pets)) || c.Imported.StoredBytes == 0 || !c.Imported.At.Equal(h.clock.now()) {
		t.Fatalf("%+v", c.Imported)
	}
	first := *c.Imported
	stays := func(after string, got connection.Connection, err error) {
		t.Helper()
		check(t, err)
		if diff := cmp.Diff(&first, got.Imported); diff != "" {
			t.Errorf("after %s: %s", after, diff)
		}
	}
	h.clock.forward(time.Minute)
	second, err := h.Create(ctx, input)
	stays("another connection, from the cache", second, err)
	c, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{BaseURL: ptr("https://a.example.com")})
	stays("another base URL", c, err)
	out, err := h.Refresh(ctx, c.ID)
	stays("a refresh without a change", out.Connection, err)
	src.set("", http.StatusInternalServerError)
	out, err = h.Refresh(ctx, c.ID)
	stays("a refresh while the source is down", out.Connection, err)

	src.set(strings.Replace(pets, "1.2.0", "1.2.10", 1), 0)
	out, err = h.Refresh(ctx, c.ID)
	check(t, err)
	want := first
	want.Bytes, want.At = first.Bytes+1, h.clock.now()
	if got := out.Connection.Imported; got == nil || got.Bytes != want.Bytes || !got.At.Equal(want.At) {
		t.Errorf("after a change %+v, want %+v", got, want)
	}
	text := connection.Text("# pasted\n" + pets)
	c, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{SpecDocument: &text})
	if check(t, err); c.Imported == nil || c.Imported.Bytes != int64(len(text)) || c.Imported.FetchMS != 0 {
		t.Errorf("after an upload %+v", c.Imported)
	}
}

// TestImportedLater: a large document's figures come with it.
func TestImportedLater(t *testing.T) {
	t.Parallel()
	text := large(128 << 10)
	src := &source{body: text}
	h, ctx := newHome(t, small()), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), AuthType: connection.AuthNone})
	check(t, err)
	if c.Status != connection.StatusImporting || c.Imported != nil {
		t.Errorf("%s, %+v", c.Status, c.Imported)
	}
	h.Idle()
	c, err = h.Get(ctx, c.ID)
	if check(t, err); c.Imported == nil || c.Imported.Bytes != int64(len(text)) || c.Progress != nil {
		t.Errorf("%+v", c.Imported)
	}
}

// TestImportedBefore: connections that were stored before the figures were kept
// have none, and are read and refreshed as ever.
func TestImportedBefore(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	h, ctx := newHome(t, options{library: library.Options{TTL: -1}}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecURL: serve(t, src.ServeHTTP), AuthType: connection.AuthNone})
	check(t, err)
	for _, pk := range []string{"CON", "SPEC"} {
		for item, err := range h.store.All(ctx, table.Query{PK: pk}) {
			check(t, err)
			var fields map[string]json.RawMessage
			check(t, item.Decode(&fields))
			if fields["imported"] == nil {
				t.Fatalf("%s has no figures to take out", pk)
			}
			delete(fields, "imported")
			item.Data, err = json.Marshal(fields)
			check(t, err)
			_, err = h.store.Put(ctx, item, table.Always())
			check(t, err)
		}
	}
	got, err := h.Get(ctx, c.ID)
	if check(t, err); got.Imported != nil || got.EndpointCount != c.EndpointCount {
		t.Errorf("%+v", got)
	}
	raw, err := json.Marshal(got)
	if check(t, err); strings.Contains(string(raw), `"imported"`) {
		t.Errorf("%s", raw)
	}
	out, err := h.Refresh(ctx, c.ID)
	if check(t, err); out.Changed || out.Connection.Imported != nil {
		t.Errorf("%+v", out)
	}
	src.set(strings.Replace(pets, "1.2.0", "1.3.0", 1), 0)
	out, err = h.Refresh(ctx, c.ID)
	if check(t, err); !out.Changed || out.Connection.Imported == nil {
		t.Errorf("%+v", out)
	}
}
