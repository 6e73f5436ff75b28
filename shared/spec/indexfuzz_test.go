package spec

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// FuzzLoad: a stored index that is damaged is refused or usable, never a crash,
// even where its checksums are right.
func FuzzLoad(f *testing.F) {
	var texts [][]byte
	for _, text := range []string{petsV2, orders, string(synthetic(120))} {
		d, err := Parse(context.Background(), []byte(text), nil)
		if err != nil {
			f.Fatal(err)
		}
		index, err := d.Index()
		if err != nil {
			f.Fatal(err)
		}
		head, blocks := takeApart(f, index)
		f.Add(uint8(len(texts)), head, blocks)
		texts = append(texts, d.JSON())
	}
	p := newPacker()
	f.Fuzz(func(t *testing.T, which uint8, head, blocks []byte) {
		text := texts[int(which)%len(texts)]
		index, err := putTogether(p, head, blocks)
		if err != nil {
			t.Fatal(err)
		}
		x, err := openIndex(index, Blocks{})
		if err != nil {
			return
		}
		for _, table := range x.tables {
			for i := range table {
				table[i].sum = crc32.Checksum(index[table[i].at:table[i].at+table[i].packed], castagnoli)
			}
		}
		again := x.document()
		again.json = text
		if x.size > len(text) {
			return // Load compares the lengths
		}
		use(again)
	})
}

// FuzzIndexLines: whatever a block unpacks to, it is read or refused.
func FuzzIndexLines(f *testing.F) {
	d, err := Parse(context.Background(), []byte(orders), nil)
	if err != nil {
		f.Fatal(err)
	}
	index, err := d.Index()
	if err != nil {
		f.Fatal(err)
	}
	x, err := openIndex(index, Blocks{})
	if err != nil {
		f.Fatal(err)
	}
	for _, table := range x.tables {
		for _, b := range table {
			text, err := unpack(index[b.at:b.at+b.packed], b.size)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b.count, text)
		}
	}
	f.Fuzz(func(t *testing.T, count int, text []byte) {
		const limit = 1000
		if count < 0 || len(text) > fuzzBytes {
			return
		}
		ops, err := lines(text, count, limit, (*indexReader).operation)
		if err == nil && len(ops) != count {
			t.Fatalf("%d operations of %d", len(ops), count)
		}
		for i := range ops {
			if err == nil && (ops[i].op.End > limit || ops[i].item.End > limit) {
				t.Fatalf("an operation lies beyond the document: %+v", ops[i])
			}
		}
		parts, err := lines(text, count, limit, (*indexReader).part)
		for _, p := range parts {
			if err == nil && p.at.End > limit {
				t.Fatalf("a part lies beyond the document: %+v", p)
			}
		}
		_, _ = lines(text, count, limit, (*indexReader).route)
	})
}

// takeApart gives an index's head, unpacked, and its blocks.
func takeApart(t testing.TB, index []byte) (head, blocks []byte) {
	t.Helper()
	end := headAt + int(binary.LittleEndian.Uint32(index[numbersAt+4:]))
	head, err := unpack(index[headAt:end], int(binary.LittleEndian.Uint32(index[numbersAt+8:])))
	if err != nil {
		t.Fatal(err)
	}
	return head, index[end:]
}

// putTogether makes an index of a head and blocks, with the head's checksum right.
func putTogether(p *packer, head, blocks []byte) ([]byte, error) {
	packed, err := p.pack(nil, head)
	if err != nil {
		return nil, err
	}
	index := []byte(indexMagic)
	for _, n := range []int{headAt + len(packed) + len(blocks), len(packed), len(head)} {
		index = binary.LittleEndian.AppendUint32(index, uint32(n))
	}
	index = binary.LittleEndian.AppendUint32(index, headSum(index[numbersAt:], packed))
	return append(append(index, packed...), blocks...), nil
}

// use does with a document what reads all tables of its index.
func use(d *Document) {
	for _, s := range d.Summaries() {
		_, _ = d.Operation(s.ID)
		_, _ = d.Operation(s.Method + " " + s.Path)
	}
	_, _ = d.Operation("GET /nothing")
	d.Warnings()
	_ = d.FetchIndex()
	for _, ref := range []string{"#/definitions/Pet", "#/components/schemas/Order", "#/paths/~1pets/get"} {
		_, _ = d.Resolve(ref)
	}
	NewSearcher(SearchDoc{"k", d}).Search("pets", 3)
}
