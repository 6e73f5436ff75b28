package spec

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// indexed is the directory of a document that was opened from its index. A
// section is unpacked when it is first asked for.
type indexed struct {
	raw, body  []byte
	size       int
	sum        uint32
	operations int
	sections   []section

	warns  func() []Warning
	blocks []func() []opEntry
}

func (x *indexed) ready() {
	x.warns = sync.OnceValue(func() (list []Warning) {
		if text, err := x.unpack(sectionWarnings); err == nil && json.Unmarshal(text, &list) != nil {
			return nil
		}
		return list
	})
	x.blocks = make([]func() []opEntry, len(x.sections)-sectionLines)
	for i := range x.blocks {
		x.blocks[i] = sync.OnceValue(func() []opEntry { return x.lines(i) })
	}
}

// document makes a document of an index and its text.
func (x *indexed) document(text []byte) (*Document, error) {
	raw, err := x.unpack(sectionHead)
	if err != nil {
		return nil, err
	}
	d := &Document{json: text, dir: x}
	if err := json.Unmarshal(raw, &d.head); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIndex, err)
	}
	d.info, d.v2 = d.head.Info, d.head.V2
	d.swagger = swagger2{host: d.head.Host, base: d.head.Base, consumes: d.head.Consumes, produces: d.head.Produces}
	return d.ready(), nil
}

// lines reads a block of operations' lines; what cannot be read is empty.
func (x *indexed) lines(block int) []opEntry {
	list := make([]opEntry, min(indexLines, x.operations-block*indexLines))
	text, err := x.unpack(sectionLines + block)
	if err != nil {
		return list
	}
	r := indexReader{rest: text, limit: x.size}
	for i := range list {
		r.operation(&list[i])
	}
	return list
}

func (x *indexed) count() int           { return x.operations }
func (x *indexed) entry(i int) *opEntry { return &x.blocks[i/indexLines]()[i%indexLines] }
func (x *indexed) warnings() []Warning  { return x.warns() }

func (x *indexed) find(id string) (found int, ok bool) {
	byRoute := -1
	eachInTable(x.table(sectionNames), digest(id)[:nameDigest], nameLine, func(rest []byte) bool {
		i := int(binary.BigEndian.Uint32(rest))
		if i >= x.operations {
			return true
		}
		e := x.entry(i)
		if e.ID == id {
			found, ok = i, true
		} else if byRoute < 0 && e.route() == id {
			byRoute = i
		}
		return !ok
	})
	if !ok && byRoute >= 0 {
		return byRoute, true
	}
	return found, ok
}

func (x *indexed) part(name string) (at rawjson.Span, ok bool) {
	eachInTable(x.table(sectionParts), digest(name)[:partDigest], partLine, func(rest []byte) bool {
		at.Start = int(binary.BigEndian.Uint32(rest))
		at.End = at.Start + int(binary.BigEndian.Uint32(rest[4:]))
		ok = at.End <= x.size
		return false
	})
	if !ok {
		return rawjson.Span{}, false
	}
	return at, true
}

func (x *indexed) table(i int) []byte {
	s := x.sections[i]
	return x.body[s.at : s.at+s.packed]
}

// A table's line is a digest and numbers of four bytes, in the order of the
// digests. Names themselves are not kept: those of Datadog's components would be
// half of its index. An operation's line says what it is named, so that a short
// digest does; a component's has to be right by itself: two names of a document with
// the same eight bytes of SHA-256 would take 2^32 names, or somebody who looks for
// them to spoil a document of their own.
const (
	nameDigest = 4
	nameLine   = nameDigest + 4 // the operation's number
	partDigest = 8
	partLine   = partDigest + 8 // start and length
)

func digest(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:]
}

func sortTable(lines [][]byte) []byte {
	slices.SortFunc(lines, bytes.Compare)
	return slices.Concat(lines...)
}

// eachInTable yields the rest of each line that has the digest.
func eachInTable(table, digest []byte, line int, yield func(rest []byte) bool) {
	n := len(table) / line
	i := sort.Search(n, func(i int) bool { return bytes.Compare(table[i*line:i*line+len(digest)], digest) >= 0 })
	for ; i < n; i++ {
		rest, ok := bytes.CutPrefix(table[i*line:(i+1)*line], digest)
		if !ok || !yield(rest) {
			return
		}
	}
}

// nameTable holds each operation's ID, and "METHOD /path" where no ID is written
// so. Numbers are written so that their bytes sort as they do: the first counts.
func nameTable(s *scanned) []byte {
	lines := make([][]byte, 0, 2*len(s.ops))
	add := func(name string, i int) {
		lines = append(lines, binary.BigEndian.AppendUint32(digest(name)[:nameDigest:nameDigest], uint32(i)))
	}
	for i := range s.ops {
		add(s.ops[i].ID, i)
	}
	for route, i := range s.byRoute() {
		if _, taken := s.byID[route]; !taken {
			add(route, i)
		}
	}
	return sortTable(lines)
}

func partTable(s *scanned) []byte {
	lines := make([][]byte, 0, len(s.parts))
	for name, at := range s.parts {
		line := binary.BigEndian.AppendUint32(digest(name)[:partDigest:partDigest], uint32(at.Start))
		lines = append(lines, binary.BigEndian.AppendUint32(line, uint32(at.End-at.Start)))
	}
	return sortTable(lines)
}
