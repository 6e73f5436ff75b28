package library

import (
	"context"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
)

// Open returns a stored document by its hash. Documents are immutable and
// shared: the most recent ones stay in memory. The error is NOT_FOUND where this
// workspace has no such document.
func (l *Library) Open(ctx context.Context, hash string) (*spec.Document, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	key := workspace + "/" + hash
	if doc, ok := l.open.get(key); ok {
		return doc, nil
	}
	// The work is shared, so no one caller's end may end it; it reads two objects of ours.
	shared := context.WithoutCancel(ctx)
	done := l.open.loading.DoChan(key, func() (_ any, err error) {
		defer recovered(&err)
		doc, err := l.load(shared, hash)
		if err != nil {
			return nil, err
		}
		l.open.add(key, doc)
		return doc, nil
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
