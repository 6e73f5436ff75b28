package catalog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode writes what New read, for Decode. The same document gives the same bytes. The
// error is ErrLarge.
func (a *API) Encode() ([]byte, error) {
	e := encoder{API: a, texts: newTable(), labels: newTable(), kinds: newTable(), stems: map[string]int{}, answers: map[*Field]int{}, p: newPacker()}
	return e.encode()
}

type encoder struct {
	*API
	p                    *packer
	texts, labels, kinds *table // labels and kinds by what they are written as
	stems                map[string]int
	answers              map[*Field]int // answers by their first field
	of                   []int          // the number of each operation's answer, from 1
}

func (e *encoder) encode() ([]byte, error) {
	list := slices.Sorted(maps.Keys(e.postings))
	for i, stem := range list {
		e.stems[stem] = i
	}
	if e.Len() > mostOps || len(list) > mostStems {
		return nil, ErrLarge
	}
	var parts [partCount]packed
	var tables [tableCount]blocks
	for i := range tables {
		tables[i].packer = e.p
	}
	// Blocks first: they number what the parts list.
	if err := e.operations(&tables); err != nil {
		return nil, err
	}
	for i, write := range [partCount]func(*writer) int{
		func(w *writer) int { return e.writePostings(w, list) }, e.writeNames, e.writeTexts, e.writeProducers,
	} {
		var w writer
		count := write(&w)
		if len(w.out) > mostText || count > mostNames {
			return nil, ErrLarge
		}
		var err error
		if parts[i], err = e.p.pack(w.out, count); err != nil {
			return nil, fmt.Errorf("catalog: encode: %w", err)
		}
	}
	return e.join(list, &parts, &tables)
}

// join puts the head before the parts.
func (e *encoder) join(stems []string, parts *[partCount]packed, tables *[tableCount]blocks) ([]byte, error) {
	body := e.p.out.Bytes()
	var w writer
	w.text(e.hash())
	w.text(e.Title)
	w.texts(slices.Sorted(maps.Keys(e.about)))
	w.texts(stems)
	w.int(e.Len())
	for i := range e.heads {
		h := &e.heads[i]
		w.text(h.id)
		w.text(h.method)
		w.text(h.path)
		w.int(int(math.Round(h.length * 1000)))
		w.int(e.of[i])
	}
	place := func(p packed) {
		for _, n := range []int{p.at, p.packed, p.size, p.count} {
			w.int(n)
		}
	}
	for _, p := range parts {
		place(p)
	}
	for i := range tables {
		w.int(len(tables[i].list))
		for _, p := range tables[i].list {
			place(p)
		}
	}
	if len(w.out) > mostText {
		return nil, ErrLarge
	}
	return seal(w.out, body)
}

// seal packs a head and puts it, and what tells them whole, before the rest.
func seal(text, body []byte) ([]byte, error) {
	z := newPacker()
	at, err := z.pack(text, 0)
	if err != nil {
		return nil, fmt.Errorf("catalog: encode: %w", err)
	}
	head := writer{}
	head.int(at.packed)
	head.int(at.size)
	rest := slices.Concat(head.out, z.out.Bytes(), body)
	out := append([]byte(Layout), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(out[len(Layout):], crc32.Checksum(rest, castagnoli))
	return append(out, rest...), nil
}

func (e *encoder) hash() string {
	if e.stored != nil {
		return e.stored.hash
	}
	return e.source.doc.Info().Hash
}

func (e *encoder) writePostings(w *writer, stems []string) int {
	order := slices.Sorted(slices.Values(e.weights))
	w.int(len(order))
	number := make(map[float64]int, len(order))
	for i, v := range order {
		number[v] = i
		w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(v))
	}
	for _, stem := range stems {
		list := e.postings[stem].list
		w.int(len(list))
		before := 0
		for _, p := range list {
			w.int(int(p.op) - before)
			w.int(number[e.weights[p.weight]])
			before = int(p.op)
		}
	}
	return len(stems)
}

func (e *encoder) writeNames(w *writer) int {
	for _, label := range e.labels.list {
		w.out = append(w.out, label...)
	}
	return len(e.labels.list)
}

func (e *encoder) writeTexts(w *writer) int {
	kinds := writer{}
	for _, k := range e.kinds.list {
		kinds.out = append(kinds.out, k...)
	}
	w.texts(e.texts.list)
	w.int(len(e.kinds.list))
	w.out = append(w.out, kinds.out...)
	return len(e.texts.list)
}

func (e *encoder) writeProducers(w *writer) int {
	producers := e.producers()
	keys := slices.Sorted(maps.Keys(producers))
	for _, key := range keys {
		w.text(key)
		w.int(len(producers[key]))
		before := int32(0)
		for _, p := range producers[key] {
			w.int(int(p.op - before))
			w.int(int(p.field))
			before = p.op
		}
	}
	return len(keys)
}

func (e *encoder) operations(tables *[tableCount]blocks) error {
	for n, op := range e.Ops {
		answer := 0
		if len(op.Yields) > 0 {
			known := false
			if answer, known = e.answers[&op.Yields[0]]; !known {
				answer = len(e.answers) + 1
				e.answers[&op.Yields[0]] = answer
				var w writer
				w.int(n)
				e.fields(&w, op.Yields)
				if err := tables[tableAnswers].add(w.out); err != nil {
					return err
				}
			}
		}
		e.of = append(e.of, answer)
		var w writer
		e.operation(&w, op)
		if err := tables[tableOps].add(w.out); err != nil {
			return err
		}
	}
	for i := range tables {
		if err := tables[i].close(); err != nil {
			return err
		}
	}
	return nil
}

// Flags of an operation's record.
const (
	isDeprecated = 1 << iota
	isBodyWhole
	isList
)

func (e *encoder) operation(w *writer, op *Op) {
	w.text(op.Spec.Summary)
	w.text(op.Spec.Description)
	w.texts(op.Spec.Tags)
	w.int(flag(op.Spec.Deprecated, isDeprecated) | flag(op.BodyWhole, isBodyWhole) | flag(op.IsList, isList))
	w.int(e.texts.of(op.Entity))
	w.int(e.texts.of(op.EntityStem))
	e.named(w, op.Items)
	for _, stems := range [][]string{op.Core, op.Told, op.Way, op.End} {
		e.stemmed(w, stems)
	}
	w.int(len(op.Tags))
	for _, stems := range op.Tags {
		e.stemmed(w, stems)
	}
	e.fields(w, op.Args)
}

func flag(is bool, f int) int {
	if is {
		return f
	}
	return 0
}

func (e *encoder) named(w *writer, list []string) {
	w.int(len(list))
	for _, s := range list {
		w.int(e.texts.of(s))
	}
}

func (e *encoder) stemmed(w *writer, stems []string) {
	w.int(len(stems))
	for _, s := range stems {
		w.int(e.stems[s]) // every one is a word of the operation
	}
}

// fields writes arguments or an answer. Most paths begin like the one before.
func (e *encoder) fields(w *writer, list []Field) {
	w.int(len(list))
	var before []string
	for i := range list {
		f := &list[i]
		w.int(e.texts.of(f.In))
		w.int(flag(f.Required, 1))
		w.int(e.labels.of(label(f)))
		same := 0
		for same < min(len(before), len(f.Path)) && before[same] == f.Path[same] {
			same++
		}
		w.int(same)
		e.named(w, f.Path[same:])
		w.text(f.Description)
		w.int(e.texts.of(f.Entity))
		w.int(e.texts.of(f.Also))
		w.int(f.Arrays)
		w.int(e.kinds.of(e.kind(f.kind)))
		before = f.Path
	}
}

// label is a field's name with what was read from it.
func label(f *Field) string {
	var w writer
	w.text(f.Name)
	w.int(flag(f.identifies, 1))
	w.text(f.idWord)
	w.text(f.names)
	w.texts(f.Words)
	return string(w.out)
}

func (e *encoder) kind(k *kind) string {
	var w writer
	e.named(&w, k.types)
	e.named(&w, k.items)
	w.int(e.texts.of(k.format))
	w.int(flag(k.enum, 1))
	return string(w.out)
}
