package spec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// stored parses a text and gives what is kept of it, with a reader of the index in
// pages of size bytes.
func stored(t *testing.T, text string, size int) (d *Document, index []byte, r *reader) {
	t.Helper()
	d = mustParse(t, text)
	index, err := d.Index()
	if err != nil {
		t.Fatal(err)
	}
	return d, index, &reader{text: index, size: size}
}

// whole serves a document's text in one block.
func whole(d *Document) Blocks { return (&reader{text: d.JSON(), size: d.Size()}).blocks() }

// TestIndexIsReadInParts: with only its beginning at hand, and whatever its pages
// are, an index says the same.
func TestIndexIsReadInParts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"orders": orders, "petsV2": petsV2, "many": string(synthetic(600))} {
		for _, size := range []int{64, 1000, 4096} {
			for _, start := range []int{headAt, headAt + 1, 1000, 1 << 20} {
				d, index, r := stored(t, text, size)
				lazy, err := Open(index[:min(start, len(index))], r.blocks(), whole(d))
				if err != nil {
					t.Fatal(err)
				}
				for i, s := range d.Summaries() {
					for _, id := range []string{s.ID, s.Method + " " + s.Path} {
						want, err := d.Operation(id)
						if err != nil {
							t.Fatal(err)
						}
						if got, err := lazy.Operation(id); err != nil || i%20 == 0 && !reflect.DeepEqual(got, want) {
							t.Fatalf("%s by %d from %d: %s: %v", name, size, start, id, err)
						}
					}
				}
				if !reflect.DeepEqual(d.Summaries(), lazy.Summaries()) || !reflect.DeepEqual(d.Warnings(), lazy.Warnings()) {
					t.Errorf("%s by %d from %d: summaries or warnings differ", name, size, start)
				}
				if err := lazy.FetchIndex(); err != nil || !lazy.IndexFetched() {
					t.Error(err)
				}
				if again, err := lazy.Index(); err != nil || !bytes.Equal(again, index) {
					t.Errorf("the index read in parts is not the index: %v", err)
				}
			}
		}
	}
}

// TestOneOperationReadsLittleOfTheIndex: neither by ID nor by route are the lines of
// the others read.
func TestOneOperationReadsLittleOfTheIndex(t *testing.T) {
	t.Parallel()
	d, index, _ := stored(t, string(synthetic(16_000)), 4096)
	list := d.Summaries()
	for i := 7; i < len(list); i += 1501 {
		for id, most := range map[string]int{list[i].ID: 1, list[i].Method + " " + list[i].Path: 2, "no such operation": 2, "nosuchoperation": 1} {
			r := &reader{text: index, size: 4096}
			lazy, err := Open(index[:16<<10], r.blocks(), whole(d))
			if err != nil {
				t.Fatal(err)
			}
			if r.calls != 0 {
				t.Fatalf("the head takes more than 16 KiB: %d reads", r.calls)
			}
			if _, err := lazy.Operation(id); err != nil && apierr.CodeOf(err) != apierr.NotFound {
				t.Fatal(err)
			}
			if r.calls > most || r.bytes > most*16<<10 {
				t.Errorf("%s: %d reads of %d bytes of an index of %d", id, r.calls, r.bytes, len(index))
			}
		}
	}
}

// TestDamagedIndex: an index that is damaged, cut short or cannot be read gives
// errors that say which, and none where it is whole again.
func TestDamagedIndex(t *testing.T) {
	t.Parallel()
	d, index, _ := stored(t, string(synthetic(120)), 256)
	ids := []string{d.Summaries()[0].ID, d.Summaries()[60].ID, d.Summaries()[119].Method + " " + d.Summaries()[119].Path}
	read := func(text []byte, size int) (*Document, *reader, error) {
		r := &reader{text: text, size: size}
		lazy, err := Open(index[:headAt], r.blocks(), whole(d))
		return lazy, r, err
	}
	opens := 0
	for at := headAt; at < len(index); at++ {
		bad := bytes.Clone(index)
		bad[at] ^= 0x20
		lazy, _, err := read(bad, 256)
		if err != nil {
			if !errors.Is(err, ErrIndex) {
				t.Fatalf("byte %d: %v", at, err)
			}
			continue
		}
		opens++
		if err := lazy.FetchIndex(); !errors.Is(err, ErrIndex) || lazy.IndexFetched() {
			t.Fatalf("byte %d is damaged and FetchIndex says %v", at, err)
		}
		for _, id := range ids {
			if _, err := lazy.Operation(id); err != nil && (!errors.Is(err, ErrIndex) || apierr.CodeOf(err) != apierr.Unavailable) {
				t.Fatalf("byte %d: %v", at, err)
			}
		}
	}
	if opens == 0 {
		t.Error("no block was damaged")
	}
	lazy, r, err := read(index, 256)
	if err != nil {
		t.Fatal(err)
	}
	r.fail = errors.New("down")
	if _, err := lazy.Operation(ids[1]); apierr.CodeOf(err) != apierr.Unavailable || !errors.Is(err, r.fail) || errors.Is(err, ErrIndex) {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	if err := lazy.FetchIndex(); apierr.CodeOf(err) != apierr.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	if lazy.Summaries() != nil || lazy.Warnings() != nil {
		t.Error("lists what was never read")
	}
	r.fail = nil
	if _, err := lazy.Operation(ids[1]); err != nil || len(lazy.Summaries()) != d.Len() {
		t.Error(err)
	}
}

// TestHostileHead: a head that claims what cannot be is refused, whatever its
// checksum says.
func TestHostileHead(t *testing.T) {
	t.Parallel()
	_, index, _ := stored(t, petsV2, 64)
	head, blocks := takeApart(t, index)
	s := indexStart{}
	if err := s.readHead(head, len(index), len(index)-len(blocks)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b *block){
		"more lines than bytes":     func(b *block) { b.count = b.size + 1 },
		"a block beyond the end":    func(b *block) { b.packed += 1 << 20 },
		"a block that is too short": func(b *block) { b.packed-- },
		"a bomb":                    func(b *block) { b.size = 1 << 29 },
		"more operations":           func(b *block) { b.count++ },
	} {
		s := indexStart{}
		if err := s.readHead(head, len(index), len(index)-len(blocks)); err != nil {
			t.Fatal(err)
		}
		change(&s.tables[tableOperations][0])
		var tables [tableCount]tableWriter
		for i := range tables {
			tables[i].blocks = s.tables[i]
		}
		tables[0].packed = blocks
		bad, err := writeIndex(&s, tables, newPacker())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openIndex(bad, Blocks{}); !errors.Is(err, ErrIndex) {
			t.Errorf("%s: got %v, want ErrIndex", name, err)
		}
	}
}

// TestKeys: names that lie close together, begin alike or are cut between blocks are
// all found, and what lies between them is not.
func TestKeys(t *testing.T) {
	t.Parallel()
	var paths, schemas strings.Builder
	for i := range 900 {
		if i > 0 {
			paths.WriteByte(',')
			schemas.WriteByte(',')
		}
		fmt.Fprintf(&paths, `"/%s":{"get":{"operationId":%q},"put":{}}`, strings.Repeat("a", i), strings.Repeat("b", i+1))
		fmt.Fprintf(&schemas, `"S%s":{"title":"%d"}`, strings.Repeat("x", i), i)
	}
	d, index, r := stored(t, `{"openapi":"3.0.3","info":{"title":"t"},"paths":{`+paths.String()+`},"components":{"schemas":{`+schemas.String()+`}}}`, 512)
	lazy, err := Open(index[:headAt], r.blocks(), whole(d))
	if err != nil {
		t.Fatal(err)
	}
	x := lazy.dir.(*indexed)
	for _, table := range []int{tableParts, tableOperations, tablePaths} {
		if len(x.tables[table]) < 10 {
			t.Errorf("table %d has %d blocks", table, len(x.tables[table]))
		}
	}
	for i := range 900 {
		for _, id := range []string{strings.Repeat("b", i+1), "PUT /" + strings.Repeat("a", i), "GET /" + strings.Repeat("a", i)} {
			n, e, err := lazy.dir.find(id)
			if err != nil || e == nil || lazy.dir.entry(n).ID != e.ID || e.ID != id && e.route() != id {
				t.Fatalf("%s: %v, %v", id, e, err)
			}
		}
		text, err := lazy.Resolve("#/components/schemas/S" + strings.Repeat("x", i))
		if err != nil || string(text) != fmt.Sprintf(`{"title":"%d"}`, i) {
			t.Fatalf("%d: %s, %v", i, text, err)
		}
	}
	for _, id := range []string{"", "a", "bc", "c", strings.Repeat("b", 901), "PUT /b", "PATCH /a"} {
		if _, err := lazy.Operation(id); apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, ref := range []string{"#/components/schemas/T", "#/components/schemas/Sxy", "#/components/schemas/", "#/components/responses/S"} {
		if _, err := lazy.Resolve(ref); !errors.Is(err, ErrRefMissing) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
