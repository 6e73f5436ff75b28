package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

func kept(t testing.TB, file string) (*spec.Document, *API) {
	t.Helper()
	doc := spectest.Open(t, file)
	api, _, err := New(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	b, err := api.Encode()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Decode(b, doc.Info().Hash, func() (*spec.Document, error) { return doc, nil })
	if err != nil {
		t.Fatal(err)
	}
	return doc, out
}

// TestLayout: stored catalogues of an earlier program are used by this one, unless the
// layout has another name. Where this fails, what is read from a document, or how it is
// written, has changed: give Layout the next number, and put the sum here.
func TestLayout(t *testing.T) {
	t.Parallel()
	sums := sha256.New()
	_, _ = io.WriteString(sums, Layout)
	for _, file := range []string{"../testdata/library.yaml", "../testdata/courier.yaml", "../../../infra/local/samples/museum.yaml", "../../../infra/local/samples/petstore.yaml", "../../../infra/local/samples/gitea.json.gz"} {
		_, api := kept(t, file)
		s := api.stored
		for _, p := range append(append(s.parts[:], s.tables[tableAnswers]...), s.tables[tableOps]...) {
			text, err := s.unpack(p)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(sums, text)
		}
	}
	if got, want := hex.EncodeToString(sums.Sum(nil)), "1e44c2caaebd678b0311b808151701c9050725c6086add568246945c999d540a"; got != want {
		t.Errorf("what is stored has changed: %s", got)
	}
}

// FuzzStored: whatever stands in a stored catalogue, under checksums that fit, is
// refused, or read within its bounds; an operation that cannot be read is read from the
// document.
func FuzzStored(f *testing.F) {
	doc, api := kept(f, "../testdata/library.yaml")
	s := api.stored
	parts := func() []*packed {
		var out []*packed
		for i := range s.parts {
			out = append(out, &s.parts[i])
		}
		for t := range s.tables {
			for i := range s.tables[t] {
				out = append(out, &s.tables[t][i])
			}
		}
		return out
	}()
	texts := make([]string, len(parts))
	for i, p := range parts {
		var err error
		if texts[i], err = s.unpack(*p); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), 0, []byte(texts[i]))
		f.Add(uint8(i), 7, []byte{})
	}
	f.Fuzz(func(t *testing.T, which uint8, count int, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		e := encoder{API: api, p: newPacker()}
		for i := range api.heads {
			e.of = append(e.of, api.heads[i].answer)
		}
		var tables [tableCount]blocks
		var lying [partCount]packed
		for i, p := range parts {
			raw, n := []byte(texts[i]), p.count
			if i == int(which)%len(parts) {
				raw, n = text, max(0, count)
			}
			at, err := e.p.pack(raw, n)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case i < partCount:
				lying[i] = at
			case i < partCount+len(s.tables[tableAnswers]):
				tables[tableAnswers].list = append(tables[tableAnswers].list, at)
			default:
				tables[tableOps].list = append(tables[tableOps].list, at)
			}
		}
		b, err := e.join(s.stems, &lying, &tables)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b, doc.Info().Hash, func() (*spec.Document, error) { return doc, nil })
		if err != nil {
			return
		}
		walk(t, got, api)
	})
}

func walk(t *testing.T, got, want *API) {
	t.Helper()
	for n, op := range got.Ops {
		if op.ID() != want.heads[n].id || op.Operation().ID != want.heads[n].id {
			t.Errorf("operation %d is %s", n, op.ID())
		}
		for i := range op.Args {
			f := &op.Args[i]
			_ = f.Shape()
			_ = got.Producers(f, op.Names(f))
		}
		for i := range op.Yields {
			_ = op.Yields[i].Shape()
		}
		_ = op.Weight("book")
	}
	_ = NewSet(Entry{API: got}).Find([]Term{{Stem: "book", Weight: 1}, {Stem: "loan", Weight: 1}}, 40, 150)
}

// FuzzStoredHead: the same of the head.
func FuzzStoredHead(f *testing.F) {
	doc, api := kept(f, "../testdata/library.yaml")
	e := encoder{API: api, p: newPacker()}
	for i := range api.heads {
		e.of = append(e.of, api.heads[i].answer)
	}
	f.Add([]byte{})
	var tables [tableCount]blocks
	for i := range tables {
		tables[i].list = api.stored.tables[i]
	}
	b, err := e.join(api.stored.stems, &api.stored.parts, &tables)
	if err != nil {
		f.Fatal(err)
	}
	lengths := scan{rest: string(b[len(Layout)+4:])}
	packedHead, size := lengths.int(), lengths.int()
	text, err := unpack([]byte(lengths.rest[:packedHead]), size)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(text))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := seal(text, api.stored.bytes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(b, doc.Info().Hash, func() (*spec.Document, error) { return doc, nil })
		if err != nil {
			return
		}
		for _, op := range got.Ops {
			for i := range op.Args {
				_ = op.Args[i].Shape()
				_ = got.Producers(&op.Args[i], "book")
			}
			for i := range op.Yields {
				_ = op.Yields[i].Shape()
			}
		}
	})
}
