package spec

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// tableWriter packs lines, which come in the order of their keys, in blocks.
type tableWriter struct {
	*packer
	blocks []block
	packed []byte

	lines indexWriter // of the block at hand
	count int
	first string
	last  string
}

// add is given a line's key and what writes it. Lines of one key stay together.
func (t *tableWriter) add(key string, write func(*indexWriter)) error {
	if len(t.lines.out) >= blockText && key != t.last {
		if err := t.close(); err != nil {
			return err
		}
		t.first = separator(t.last, key)
	}
	t.last = key
	t.count++
	write(&t.lines)
	return nil
}

// close ends the block at hand.
func (t *tableWriter) close() error {
	if t.count == 0 {
		return nil
	}
	from := len(t.packed)
	var err error
	if t.packed, err = t.pack(t.packed, t.lines.out); err != nil {
		return err
	}
	t.blocks = append(t.blocks, block{
		first: t.first, count: t.count, packed: len(t.packed) - from, size: len(t.lines.out),
		sum: crc32.Checksum(t.packed[from:], castagnoli),
	})
	t.lines.out, t.count = t.lines.out[:0], 0
	return nil
}

// separator is the shortest beginning of b that is greater than a, which is less than b.
func separator(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return b[:min(n+1, len(b))]
}

// writeTables writes down what a scan has found.
func writeTables(s *scanned, p *packer) (tables [tableCount]tableWriter, err error) {
	for i := range tables {
		tables[i].packer = p
	}
	byID := make([]int, len(s.ops))
	for i := range byID {
		byID[i] = i
	}
	slices.SortFunc(byID, func(i, j int) int { return strings.Compare(s.ops[i].ID, s.ops[j].ID) })
	rank := make([]int, len(s.ops))
	for n, i := range byID {
		rank[i] = n
		if err := tables[tableOperations].add(s.ops[i].ID, func(w *indexWriter) { w.operation(i, &s.ops[i]) }); err != nil {
			return tables, err
		}
	}
	for _, line := range routesOf(s) {
		if err := tables[tableRoutes].add(line.digest, func(w *indexWriter) { w.route(line.digest, rank[line.rank]) }); err != nil {
			return tables, err
		}
	}
	names := make([]string, 0, len(s.parts))
	for name := range s.parts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := tables[tableOf(name)].add(name, func(w *indexWriter) { w.part(name, s.parts[name]) }); err != nil {
			return tables, err
		}
	}
	if len(s.warns) > 0 {
		text, err := json.Marshal(s.warns)
		if err != nil {
			return tables, fmt.Errorf("spec: write index: %w", err)
		}
		if err := tables[tableWarnings].add("", func(w *indexWriter) { w.out = append(w.out, text...) }); err != nil {
			return tables, err
		}
	}
	for i := range tables {
		if err := tables[i].close(); err != nil {
			return tables, err
		}
	}
	return tables, nil
}

// tableOf is the table that a part is in. Path items are many and seldom referred to.
func tableOf(part string) int {
	if strings.HasPrefix(part, "paths/") {
		return tablePaths
	}
	return tableParts
}

// routesOf gives the routes that are nobody's ID, by digest, each with the number
// of its operation in place of the rank.
func routesOf(s *scanned) []routeLine {
	lines := make([]routeLine, 0, len(s.ops))
	for route, i := range s.byRoute() {
		if _, taken := s.byID[route]; !taken {
			lines = append(lines, routeLine{digest(route), i})
		}
	}
	slices.SortFunc(lines, func(a, b routeLine) int {
		if n := strings.Compare(a.digest, b.digest); n != 0 {
			return n
		}
		return a.rank - b.rank
	})
	return lines
}

// digest stands for a route in the table: the operation's line says whether it is
// the right one, so that four bytes do.
func digest(route string) string {
	sum := sha256.Sum256([]byte(route))
	return string(sum[:4])
}
