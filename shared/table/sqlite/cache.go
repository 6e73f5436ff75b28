package sqlite

import (
	"bytes"
	"maps"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/apiq/apiq/shared/table"
)

const (
	// cacheBytes bounds what is kept, cacheItem what one item may take of it.
	cacheBytes = 4 << 20
	cacheItem  = 32 << 10
	// cacheKeys is more than fit into cacheBytes.
	cacheKeys = 1 << 20
)

// cache keeps what was read or written anew lately: an item, or that there is none. What
// is written replaces what is kept, so that a Get is as consistent as without it: this process
// alone writes the file (the folder's lock), and its one writer tells before it commits
// and after. What a sweep deletes may stay, for it has expired and counts as none.
type cache struct {
	mu    sync.Mutex
	kept  *simplelru.LRU[table.Key, known]
	bytes int
	// reads are those under way that no write has overtaken; changing is what is being
	// committed, of which no read is kept.
	reads    map[table.Key]*read
	changing changes
}

// known is what is known of a key.
type known struct {
	item  table.Item
	found bool
}

// changes are what a transaction of the writer leaves under each key.
type changes map[table.Key]*change

type change struct {
	known
	kept bool // before, or it is worth it
}

// read is a query under way whose answer may be kept.
type read struct{ key table.Key }

func newCache() *cache {
	c := &cache{reads: map[table.Key]*read{}}
	c.kept, _ = simplelru.NewLRU(cacheKeys, func(_ table.Key, k known) { c.bytes -= k.item.Bytes() }) // fails for size ≤ 0 only
	return c
}

// look gives what is known of a key. Where that is nothing, the caller reads it and
// ends the read that is returned.
func (c *cache) look(key table.Key) (known, *read) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.kept.Get(key); ok {
		return k.clone(), nil
	}
	r := &read{key}
	if _, ok := c.changing[key]; !ok {
		c.reads[key] = r
	}
	return known{}, r
}

// peek is look for the writer, which nothing can overtake.
func (c *cache) peek(key table.Key) (known, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.Get(key)
}

// end keeps what was read, unless it may be of before a write; ok says that the read
// has succeeded.
func (c *cache) end(r *read, k known, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reads[r.key] != r {
		return
	}
	delete(c.reads, r.key)
	if ok {
		c.keep(r.key, k.clone())
	}
}

func (c *cache) keep(key table.Key, k known) {
	k.item.Key = key // counted also where there is none
	if k.item.Bytes() > cacheItem {
		return
	}
	c.kept.Remove(key)
	c.kept.Add(key, k)
	for c.bytes += k.item.Bytes(); c.bytes > cacheBytes; {
		c.kept.RemoveOldest()
	}
}

// begin is told what is about to be committed: until done it is read from the file.
func (c *cache) begin(all changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing = all
	for key, ch := range all {
		delete(c.reads, key)
		ch.kept = c.kept.Remove(key) || ch.kept
	}
}

// done is told whether it was. What was kept is kept as it is now.
func (c *cache) done(committed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, ch := range c.changing {
		if committed && ch.kept {
			c.keep(key, ch.clone())
		}
	}
	c.changing = nil
}

// clone keeps callers from changing each other's items.
func (k known) clone() known {
	k.item.Data, k.item.Index = bytes.Clone(k.item.Data), maps.Clone(k.item.Index)
	return k
}
