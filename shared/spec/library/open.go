package library

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// Open returns a stored document by its hash, with its index complete: for whoever
// lists, searches or compares. Documents are immutable and shared: the most recent
// ones stay in memory. The error is NOT_FOUND where this workspace has no such
// document.
func (l *Library) Open(ctx context.Context, hash string) (*spec.Document, error) {
	return l.opened(ctx, hash, true)
}

// Operation reads one operation of a stored document in full, by its ID or by
// "METHOD /path", and as little else as that takes. Of the document it gives, what
// the operation refers to is read when it is asked for; for lists there is Open. The
// error is NOT_FOUND where there is no such document or operation.
func (l *Library) Operation(ctx context.Context, hash, id string) (*spec.Document, *spec.Operation, error) {
	doc, err := l.opened(ctx, hash, false)
	if err != nil {
		return nil, nil, err
	}
	op, err := doc.Operation(id)
	if errors.Is(err, spec.ErrIndex) {
		// Open looks at all of the index, and makes it again where it is damaged.
		if doc, err = l.Open(ctx, hash); err != nil {
			return nil, nil, err
		}
		op, err = doc.Operation(id)
	}
	if err != nil {
		return nil, nil, err
	}
	return doc, op, nil
}

// opened gives a document from memory or from the store; with whole set, its index
// is complete.
func (l *Library) opened(ctx context.Context, hash string, whole bool) (*spec.Document, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	key := workspace + "/" + hash
	if doc, ok := l.open.get(key); ok && (!whole || doc.IndexFetched()) {
		return doc, nil
	}
	flight := key
	if whole {
		flight += " whole"
	}
	// The work is shared, so no one caller's end may end it; it reads two objects of ours.
	shared := context.WithoutCancel(ctx)
	done := l.open.loading.DoChan(flight, func() (_ any, err error) {
		defer recovered(&err)
		return l.bring(shared, key, hash, whole)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case res := <-done:
		if res.Err != nil {
			return nil, res.Err
		}
		return res.Val.(*spec.Document), nil
	}
}

// bring completes the document that is in memory, or loads it.
func (l *Library) bring(ctx context.Context, key, hash string, whole bool) (*spec.Document, error) {
	doc, ok := l.open.get(key)
	if ok && !whole {
		return doc, nil
	}
	if ok {
		err := doc.FetchIndex()
		if err == nil || !errors.Is(err, spec.ErrIndex) {
			return doc, err
		}
		l.open.remove(key) // damaged, or replaced since it was opened
	}
	doc, err := l.load(ctx, hash, whole)
	if err != nil {
		return nil, err
	}
	l.open.add(key, doc)
	return doc, nil
}

// remember keeps a document that has just been parsed.
func (l *Library) remember(workspace string, doc *spec.Document) {
	l.open.add(workspace+"/"+doc.Info().Hash, doc)
}

// opened keeps parsed documents up to a sum of bytes, the least recently used
// going first. Keys begin with the workspace.
type opened struct {
	loading singleflight.Group

	mu    sync.Mutex
	lru   *simplelru.LRU[string, *spec.Document]
	bytes int64
	limit int64
}

// maxOpened bounds the number as well; small documents weigh little.
const maxOpened = 4096

func newOpened(limit int64) *opened {
	o := &opened{limit: limit}
	o.lru, _ = simplelru.NewLRU(maxOpened, func(_ string, doc *spec.Document) { o.bytes -= weight(doc) }) // fails for size ≤ 0 only
	return o
}

// weight estimates what a document holds in memory: its text, which it is views
// into, and its index, about 600 bytes an operation.
func weight(doc *spec.Document) int64 {
	return int64(doc.Size()) + 600*int64(doc.Len()) + 4096
}

func (o *opened) get(key string) (*spec.Document, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lru.Get(key)
}

func (o *opened) remove(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lru.Remove(key)
}

func (o *opened) add(key string, doc *spec.Document) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lru.Contains(key) {
		return
	}
	o.bytes += weight(doc)
	o.lru.Add(key, doc)
	for o.bytes > o.limit && o.lru.Len() > 1 {
		o.lru.RemoveOldest()
	}
}
