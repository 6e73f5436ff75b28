package catalog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"

	"github.com/apiq/apiq/shared/spec"
)

// stored is what Decode was given, and what has been read of it.
type stored struct {
	hash   string
	bytes  []byte // after the head
	stems  []string
	parts  [partCount]packed
	tables [tableCount][]packed

	mu      sync.Mutex
	opened  bool
	fault   error
	labels  []Field
	texts   []string
	kinds   []kind
	records [tableCount][][]string // of each block that was asked for
	answers map[int][]Field
}

// Decode opens what Encode wrote of the document with a hash. It keeps the bytes. The
// document is opened when somebody asks for what they do not have. The error is
// ErrStored.
func Decode(b []byte, hash string, open func() (*spec.Document, error)) (*API, error) {
	b, ok := bytes.CutPrefix(b, []byte(Layout))
	if !ok || len(b) < 4 {
		return nil, fmt.Errorf("%w: it is of another layout", ErrStored)
	}
	sum := binary.LittleEndian.Uint32(b)
	if b = b[4:]; crc32.Checksum(b, castagnoli) != sum {
		return nil, fmt.Errorf("%w: it is damaged", ErrStored)
	}
	lengths := scan{rest: string(b[:min(len(b), 10)])}
	head, size := lengths.int(), lengths.int()
	from := min(len(b), 10) - len(lengths.rest)
	if lengths.bad || head > len(b)-from || size > mostText || size > head*deflateMost {
		return nil, fmt.Errorf("%w: no head", ErrStored)
	}
	text, err := unpack(b[from:from+head], size)
	if err != nil {
		return nil, err
	}
	s := &stored{bytes: b[from+head:], answers: map[int][]Field{}}
	a, err := s.readHead(text)
	if err != nil {
		return nil, err
	}
	if s.hash != hash {
		return nil, fmt.Errorf("%w: it is of another document", ErrStored)
	}
	a.source.open = open
	return a, s.readPostings(a)
}

func (s *stored) readHead(text string) (*API, error) {
	r := scan{rest: text}
	s.hash = r.text()
	a := newAPI(r.text())
	a.stored = s
	a.about = map[string]bool{}
	for _, stem := range r.texts() {
		a.about[stem] = true
	}
	if s.stems = r.texts(); len(s.stems) > mostStems {
		return nil, ErrStored
	}
	a.heads = make([]head, r.count(mostOps))
	for i := range a.heads {
		h := &a.heads[i]
		h.id, h.method, h.path = r.text(), r.text(), r.text()
		h.length, h.answer = float64(r.int())/1000, r.int()
		a.length += h.length
	}
	a.ops = make([]atomic.Pointer[Op], len(a.heads))
	for i := range s.parts {
		s.parts[i] = r.packed(len(s.bytes), mostText)
	}
	for t := range s.tables {
		s.tables[t] = make([]packed, r.count(len(r.rest)))
		for i := range s.tables[t] {
			s.tables[t][i] = r.packed(len(s.bytes), mostBlock)
		}
		s.records[t] = make([][]string, len(s.tables[t]))
	}
	if r.bad || r.rest != "" {
		return nil, fmt.Errorf("%w: its head cannot be read", ErrStored)
	}
	a.producers = sync.OnceValue(func() map[string][]place { return s.readProducers(len(a.heads)) })
	return a, nil
}

func (s *stored) readPostings(a *API) error {
	text, err := s.unpack(s.parts[partPostings])
	if err != nil {
		return err
	}
	r := scan{rest: text}
	a.weights = make([]float64, r.count(len(text)/8))
	for i := range a.weights {
		a.weights[i] = r.float()
	}
	a.postings = make(map[string]postings, len(s.stems))
	all := make([]posting, len(r.rest)/2) // at least two bytes each
	for _, stem := range s.stems {
		n := r.count(len(all))
		list, most, op := all[:n:n], float32(0), 0
		all = all[n:]
		for i := range list {
			op += r.int()
			w := r.below(len(a.weights))
			if op >= len(a.heads) || r.bad {
				return fmt.Errorf("%w: its postings cannot be read", ErrStored)
			}
			list[i] = posting{int32(op), int32(w)} //nolint:gosec // at most mostOps, and mostText
			most = max(most, float32(a.weights[w]))
		}
		a.postings[stem] = postings{list, most}
	}
	if r.bad || r.rest != "" {
		return fmt.Errorf("%w: its postings cannot be read", ErrStored)
	}
	return nil
}

func (s *stored) unpack(p packed) (string, error) {
	return unpack(s.bytes[p.at:p.at+p.packed], p.size)
}

// readProducers gives none where they cannot be read.
func (s *stored) readProducers(ops int) map[string][]place {
	out := map[string][]place{}
	text, err := s.unpack(s.parts[partProducers])
	if err != nil {
		return out
	}
	r := scan{rest: text}
	for r.rest != "" {
		key := r.text()
		list := make([]place, r.count(len(r.rest)/2))
		op := 0
		for i := range list {
			op += r.int()
			if op >= ops {
				return out
			}
			list[i] = place{int32(op), int32(r.below(1 << 30))} //nolint:gosec // below
		}
		if !r.bad {
			out[key] = list
		}
	}
	return out
}

// op reads an operation; one that cannot be read here is read from the document, and
// where that fails too, only its head is known, for now.
func (s *stored) op(a *API, n int) (op *Op, ok bool) {
	op, err := s.readOp(a, n)
	if err == nil {
		return op, true
	}
	if op = a.whole(n); op.api != nil {
		return op, true
	}
	h := &a.heads[n]
	op.api, op.n, op.Spec.ID, op.Spec.Method, op.Spec.Path = a, n, h.id, h.method, h.path
	return op, false
}

func (s *stored) readOp(a *API, n int) (*Op, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, err := s.record(tableOps, n)
	if err != nil {
		return nil, err
	}
	h := &a.heads[n]
	r := scan{rest: record}
	op := &Op{api: a, n: n, Spec: spec.Summary{ID: h.id, Method: h.method, Path: h.path, Summary: r.text(), Description: r.text(), Tags: r.texts()}}
	flags := r.int()
	op.Spec.Deprecated, op.BodyWhole, op.IsList = flags&isDeprecated != 0, flags&isBodyWhole != 0, flags&isList != 0
	op.Entity, op.EntityStem = r.one(s.texts), r.one(s.texts)
	op.Items = r.named(s.texts)
	op.Core, op.Told, op.Way, op.End = r.named(s.stems), r.named(s.stems), r.named(s.stems), r.named(s.stems)
	if tags := r.count(len(r.rest)); tags > 0 {
		op.Tags = make([][]string, tags)
		for i := range op.Tags {
			op.Tags[i] = r.named(s.stems)
		}
	}
	op.Args = s.fields(&r, &owner{api: a, op: n})
	if r.bad || r.rest != "" {
		return nil, fmt.Errorf("%w: operation %d cannot be read", ErrStored, n)
	}
	op.Yields, err = s.answer(a, h.answer)
	return op, err
}

// yield is a place in an operation's answer.
func (a *API) yield(p place) *Field {
	if s := a.stored; s != nil {
		s.mu.Lock()
		list, err := s.answer(a, a.heads[p.op].answer)
		s.mu.Unlock()
		if err == nil && int(p.field) < len(list) {
			return &list[p.field]
		}
	}
	if op := a.At(int(p.op)); int(p.field) < len(op.Yields) {
		return &op.Yields[p.field]
	}
	return &Field{kind: &kind{}}
}

// answer reads an answer, which operations share. The lock is held.
func (s *stored) answer(a *API, number int) ([]Field, error) {
	if number == 0 {
		return nil, nil
	}
	if list, ok := s.answers[number]; ok {
		return list, nil
	}
	record, err := s.record(tableAnswers, number-1)
	if err != nil {
		return nil, err
	}
	r := scan{rest: record}
	list := s.fields(&r, &owner{api: a, op: r.below(len(a.heads)), answer: true})
	if r.bad || r.rest != "" {
		return nil, fmt.Errorf("%w: answer %d cannot be read", ErrStored, number)
	}
	s.answers[number] = list
	return list, nil
}

// fieldBytes is how many bytes a field takes at least.
const fieldBytes = 10

func (s *stored) fields(r *scan, by *owner) []Field {
	n := r.count(len(r.rest) / fieldBytes)
	if n == 0 {
		return nil
	}
	list := make([]Field, n)
	var before []string
	for i := range list {
		f := &list[i]
		in, required, label := r.one(s.texts), r.int() == 1, r.below(len(s.labels))
		if r.bad {
			return nil
		}
		*f = s.labels[label]
		f.In, f.Required = in, required
		same := r.below(len(before) + 1)
		f.Path = before[:same:same]
		for range r.count(len(r.rest)) {
			f.Path = append(f.Path, r.one(s.texts))
		}
		f.Description = r.text()
		f.Entity, f.Also = r.one(s.texts), r.one(s.texts)
		f.Arrays = r.int()
		kind := r.below(len(s.kinds))
		if r.bad {
			return nil
		}
		f.kind, f.by, f.at = &s.kinds[kind], by, i
		before = f.Path
	}
	return list
}

// record gives a record of a table by its number. The lock is held.
func (s *stored) record(table, n int) (string, error) {
	if !s.opened {
		s.opened, s.fault = true, s.open()
	}
	if s.fault != nil {
		return "", s.fault
	}
	for i, b := range s.tables[table] {
		if n >= b.count {
			n -= b.count
			continue
		}
		if s.records[table][i] == nil {
			text, err := s.unpack(b)
			if err != nil {
				return "", err
			}
			r := scan{rest: text}
			list := make([]string, b.count)
			for j := range list {
				list[j] = r.text()
			}
			if r.bad || r.rest != "" {
				return "", fmt.Errorf("%w: a block cannot be read", ErrStored)
			}
			s.records[table][i] = list
		}
		return s.records[table][i][n], nil
	}
	return "", fmt.Errorf("%w: record %d of table %d is missing", ErrStored, n, table)
}

// open reads what the records point at.
func (s *stored) open() error {
	names, err := s.unpack(s.parts[partNames])
	if err != nil {
		return err
	}
	r := scan{rest: names}
	s.labels = make([]Field, min(s.parts[partNames].count, mostNames))
	for i := range s.labels {
		f := &s.labels[i]
		f.Name, f.identifies, f.idWord, f.names, f.Words = r.text(), r.int() == 1, r.text(), r.text(), r.texts()
	}
	texts, err := s.unpack(s.parts[partTexts])
	if err != nil {
		return err
	}
	if r.bad || r.rest != "" {
		return fmt.Errorf("%w: its names cannot be read", ErrStored)
	}
	r = scan{rest: texts}
	s.texts = r.texts()
	s.kinds = make([]kind, r.count(len(r.rest)))
	for i := range s.kinds {
		s.kinds[i] = kind{types: r.named(s.texts), items: r.named(s.texts), format: r.one(s.texts), enum: r.int() == 1}
	}
	if r.bad || r.rest != "" {
		return fmt.Errorf("%w: its texts cannot be read", ErrStored)
	}
	return nil
}
