package spec

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// partsAhead is how many bytes of components are read together: an operation
// refers to several, and a read costs more than its bytes.
const partsAhead = 64 << 10

// indexed is the directory of a document that was opened from its index. A block
// is read and unpacked when a line of it is first asked for. Whatever cannot be read
// is asked for again the next time.
type indexed struct {
	indexStart
	bytes *fetched
	sound atomic.Bool // all of it has been read and compared with its checksums

	ops    []once[[]opLine] // by block, as the next two
	routes []once[[]routeLine]
	parts  [tableCount][]once[[]partLine] // tableParts and tablePaths
	order  once[[]*opEntry]
	warns  once[[]Warning]
}

// openIndex reads the head of an index. Start is its beginning or all of it.
func openIndex(start []byte, b Blocks) (*indexed, error) {
	if len(start) < headAt || !bytes.HasPrefix(start, []byte(indexMagic)) {
		return nil, ErrIndex
	}
	numbers := start[numbersAt:headAt]
	total := int(binary.LittleEndian.Uint32(numbers))
	end := headAt + int(binary.LittleEndian.Uint32(numbers[4:]))
	size := int(binary.LittleEndian.Uint32(numbers[8:]))
	if total > maxIndexed || end > total || size > maxIndexed || len(start) > total || len(start) < total && b.Size <= 0 {
		return nil, ErrIndex
	}
	x := &indexed{bytes: newFetched(total, b, start)}
	head, err := x.bytes.view(rawjson.Span{Start: headAt, End: end}, 0)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(numbers[12:]) != headSum(numbers, head) {
		return nil, ErrIndex
	}
	text, err := unpack(head, size)
	if err != nil {
		return nil, err
	}
	if err := x.readHead(text, total, end); err != nil {
		return nil, err
	}
	x.ops = make([]once[[]opLine], len(x.tables[tableOperations]))
	x.routes = make([]once[[]routeLine], len(x.tables[tableRoutes]))
	for _, i := range []int{tableParts, tablePaths} {
		x.parts[i] = make([]once[[]partLine], len(x.tables[i]))
	}
	return x, nil
}

// document is the document of the index, without its bytes.
func (x *indexed) document() *Document {
	d := &Document{dir: x, head: x.head}
	d.info, d.v2 = d.head.Info, d.head.V2
	d.swagger = swagger2{host: d.head.Host, base: d.head.Base, consumes: d.head.Consumes, produces: d.head.Produces}
	return d.ready()
}

// blockOf is the block of a table that has a key's lines, if any has; -1 for none.
func (x *indexed) blockOf(table int, key string) int {
	blocks := x.tables[table]
	return sort.Search(len(blocks), func(i int) bool { return blocks[i].first > key }) - 1
}

func (x *indexed) operationLines(i int) ([]opLine, error) {
	return x.ops[i].get(func() ([]opLine, error) {
		block, err := readLines(x, tableOperations, i, 0, (*indexReader).operation)
		for j := range block {
			if block[j].number >= x.operations {
				return nil, fmt.Errorf("%w: operation %d of %d", ErrIndex, block[j].number, x.operations)
			}
		}
		return block, err
	})
}

func (x *indexed) count() int { return x.operations }

func (x *indexed) entry(i int) *opEntry {
	list, err := x.ordered()
	if err != nil {
		return &opEntry{}
	}
	return list[i]
}

func (x *indexed) entries() error {
	_, err := x.ordered()
	return err
}

// ordered are all operations in document order.
func (x *indexed) ordered() ([]*opEntry, error) {
	return x.order.get(func() ([]*opEntry, error) {
		if n := len(x.ops); n > 0 { // at once is quicker
			blocks := x.tables[tableOperations]
			span := rawjson.Span{Start: blocks[0].at, End: blocks[n-1].at + blocks[n-1].packed}
			if _, err := x.bytes.view(span, 0); err != nil {
				return nil, err
			}
		}
		list := make([]*opEntry, x.operations)
		for i := range x.ops {
			block, err := x.operationLines(i)
			if err != nil {
				return nil, err
			}
			for j := range block {
				if list[block[j].number] != nil {
					return nil, fmt.Errorf("%w: operation %d is there twice", ErrIndex, block[j].number)
				}
				list[block[j].number] = &block[j].opEntry
			}
		}
		return list, nil // as many lines as places, none twice
	})
}

// find looks among the routes first where it may be one: those that are an
// operation's ID as well are not there.
func (x *indexed) find(id string) (int, *opEntry, error) {
	if strings.IndexByte(id, ' ') > 0 {
		if n, e, err := x.findRoute(id); e != nil || err != nil {
			return n, e, err
		}
	}
	i := x.blockOf(tableOperations, id)
	if i < 0 {
		return 0, nil, nil
	}
	block, err := x.operationLines(i)
	if err != nil {
		return 0, nil, err
	}
	j := sort.Search(len(block), func(j int) bool { return block[j].ID >= id })
	if j == len(block) || block[j].ID != id {
		return 0, nil, nil
	}
	return block[j].number, &block[j].opEntry, nil
}

func (x *indexed) findRoute(route string) (int, *opEntry, error) {
	key := digest(route)
	i := x.blockOf(tableRoutes, key)
	if i < 0 {
		return 0, nil, nil
	}
	block, err := x.routes[i].get(func() ([]routeLine, error) { return readLines(x, tableRoutes, i, 0, (*indexReader).route) })
	if err != nil {
		return 0, nil, err
	}
	for j := sort.Search(len(block), func(j int) bool { return block[j].digest >= key }); j < len(block) && block[j].digest == key; j++ {
		line, err := x.ranked(block[j].rank)
		if err != nil {
			return 0, nil, err
		}
		if line != nil && line.route() == route {
			return line.number, &line.opEntry, nil
		}
	}
	return 0, nil, nil
}

// ranked is the operation that has a rank by ID.
func (x *indexed) ranked(rank int) (*opLine, error) {
	for i, b := range x.tables[tableOperations] {
		if rank >= b.count {
			rank -= b.count
			continue
		}
		block, err := x.operationLines(i)
		if err != nil {
			return nil, err
		}
		return &block[rank], nil
	}
	return nil, nil
}

func (x *indexed) part(name string) (at rawjson.Span, ok bool, err error) {
	table := tableOf(name)
	i := x.blockOf(table, name)
	if i < 0 {
		return at, false, nil
	}
	block, err := x.parts[table][i].get(func() ([]partLine, error) {
		return readLines(x, table, i, partsAhead, (*indexReader).part)
	})
	if err != nil {
		return at, false, err
	}
	j := sort.Search(len(block), func(j int) bool { return block[j].name >= name })
	if j == len(block) || block[j].name != name {
		return at, false, nil
	}
	return block[j].at, true, nil
}

func (x *indexed) warnings() []Warning {
	list, err := x.warns.get(func() (list []Warning, err error) {
		for _, b := range x.tables[tableWarnings] {
			packed, err := x.packed(b, 0)
			if err != nil {
				return nil, err
			}
			text, err := unpack(packed, b.size)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(text, &list); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrIndex, err)
			}
		}
		return list, nil
	})
	if err != nil {
		return nil
	}
	return list
}
