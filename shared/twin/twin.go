package twin

import (
	"net/http"
	"sync"

	"github.com/apiq/apiq/shared/spec"
)

// Options of a Twin.
type Options struct {
	// Seed varies the data that is there at the start. Defaults to 1.
	Seed uint64
	// RequireAuth refuses with 401 what carries no credential where the document
	// needs one. Which credential it is does not matter. Defaults to false.
	RequireAuth bool
	// MaxItems bounds one collection; creating more is refused with 507. Defaults to 10,000.
	MaxItems int
	// MaxCollections bounds how many are kept, and MaxBody the bytes of a request.
	// Default to 1,000 and 1 MiB.
	MaxCollections int
	MaxBody        int64
	// MaxBytes bounds about what the twin holds in all: things, and answers by
	// idempotency key. More is refused with 507. Defaults to 64 MiB.
	MaxBytes int64
	// Seeded is how many items each collection begins with. Defaults to 3.
	Seeded int
	// Welcoming makes any thing be there that is asked for by its id, unless it was
	// deleted: whoever rehearses names things of the real API. Defaults to false: an id
	// that was never given out is refused with 404.
	Welcoming bool
}

// Exchange is one request that the twin took, for tests to count effects.
type Exchange struct {
	Operation      string
	Method, Path   string
	IdempotencyKey string
	Status         int
	// Replayed: the answer was the first one's of the same idempotency key.
	Replayed bool
}

// maxExchanges and maxKeys bound what a long-lived twin remembers: the first
// exchanges, which tests count, and the last keys. maxPath bounds a path, which
// names a collection.
const (
	maxExchanges = 10_000
	maxKeys      = 10_000
	maxPath      = 4 << 10
	maxKeyHeader = 255
)

// Twin is an http.Handler. Its paths are those of the document, without a server's prefix.
type Twin struct {
	doc    *spec.Document
	routes []route
	opts   Options

	mu          sync.Mutex
	collections map[string]*collection
	singles     map[string]any
	hopeless    map[string]bool // see generator
	exchanges   []Exchange
	keys        map[string]answer
	keyOrder    []string // oldest first
	held        int64    // bytes, about
}

// New makes a twin of a document.
func New(doc *spec.Document, o *Options) (*Twin, error) {
	t := &Twin{doc: doc, collections: map[string]*collection{}, singles: map[string]any{}, hopeless: map[string]bool{}, keys: map[string]answer{}}
	if o != nil {
		t.opts = *o
	}
	if t.opts.Seed == 0 {
		t.opts.Seed = 1
	}
	if t.opts.MaxItems == 0 {
		t.opts.MaxItems = 10_000
	}
	if t.opts.MaxCollections == 0 {
		t.opts.MaxCollections = 1_000
	}
	if t.opts.MaxBody == 0 {
		t.opts.MaxBody = 1 << 20
	}
	if t.opts.MaxBytes == 0 {
		t.opts.MaxBytes = 64 << 20
	}
	if t.opts.Seeded == 0 {
		t.opts.Seeded = 3
	}
	var err error
	t.routes, err = routes(doc)
	return t, err
}

// Exchanges returns what the twin was asked, oldest first.
func (t *Twin) Exchanges() []Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Exchange(nil), t.exchanges...)
}

// ServeHTTP answers one request.
func (t *Twin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, refused := t.read(w, r)
	if refused != nil {
		t.note(req, r, *refused, false)
		refused.write(w)
		return
	}
	a, again := t.answer(req, req.key(r))
	t.note(req, r, a, again)
	a.write(w)
}

// answer serves a request, or gives the first answer of its idempotency key again.
// A document that the twin cannot follow costs one answer, not the process.
func (t *Twin) answer(req request, key string) (a answer, again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() {
		if v := recover(); v != nil {
			a, again = *refusal(http.StatusInternalServerError, "The twin could not follow the document.", nil), false
		}
	}()
	if a, again = t.keys[key]; again {
		return a, true
	}
	a = t.serve(req)
	if key != "" && a.status < http.StatusInternalServerError {
		t.remember(key, a)
	}
	return a, false
}

// remember keeps an answer under its key, the oldest giving way to it.
func (t *Twin) remember(key string, a answer) {
	size := int64(len(key) + len(a.body))
	if len(t.keys) >= maxKeys {
		t.dropKey()
	}
	if !t.room(size) {
		return
	}
	t.keys[key] = a
	t.keyOrder = append(t.keyOrder, key)
	t.held += size
}

func (t *Twin) dropKey() {
	oldest := t.keyOrder[0]
	t.held -= int64(len(oldest) + len(t.keys[oldest].body))
	delete(t.keys, oldest)
	t.keyOrder = t.keyOrder[1:]
}

// room makes room for so many bytes more, the oldest keys giving way, and says
// whether there is.
func (t *Twin) room(more int64) bool {
	for t.held+more > t.opts.MaxBytes && len(t.keyOrder) > 0 {
		t.dropKey()
	}
	return t.held+more <= t.opts.MaxBytes
}

func (t *Twin) note(req request, r *http.Request, a answer, again bool) {
	e := Exchange{Method: short(r.Method), Path: short(r.URL.Path), IdempotencyKey: short(r.Header.Get("Idempotency-Key")), Status: a.status, Replayed: again}
	if req.op != nil {
		e.Operation = req.op.ID
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.exchanges) < maxExchanges {
		t.exchanges = append(t.exchanges, e)
	}
}

// short bounds what is remembered of each request.
func short(s string) string { return s[:min(len(s), maxKeyHeader)] }
