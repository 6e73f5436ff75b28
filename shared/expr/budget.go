package expr

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"runtime/metrics"
	"time"
)

// What the process may grow by during one evaluation before that evaluation is
// suspected: the backstop behind the checks of sizes. What is kept counts from the
// last collection on, so that the two together see fast growth and slow.
const (
	heapGrowth = 384 << 20 // with what is not yet collected
	liveGrowth = 192 << 20
)

// grownBetween is how much steps of a path may lay side by side between two looks at the heap.
const grownBetween = 16 << 20

// budget is the context of one evaluation. The engine asks Err at each node that
// it visits, which is what makes steps countable. It serves one goroutine.
type budget struct {
	context.Context
	opts     *Options
	deadline time.Time
	now      time.Time
	every    int // steps between samples, less one
	steps    int
	walked   int
	charged  int // bytes of all the values that were built
	largest  int // bytes of the largest value, of those built and those given
	given    []any
	grown    int // bytes laid side by side since the last look at the heap
	memory   func() (heap, live uint64)
	heap     uint64 // the least seen, likewise live
	live     uint64
	spent    error
}

type budgetKey struct{}

func newBudget(ctx context.Context, o *Options, wary bool) *budget {
	every := 63
	if wary {
		every = 3
	}
	return &budget{Context: ctx, every: every, opts: o, now: o.Now(), deadline: time.Now().Add(o.Timeout), memory: processMemory}
}

// Value lets built-in functions find the budget.
func (b *budget) Value(key any) any {
	if key == (budgetKey{}) {
		return b
	}
	return b.Context.Value(key)
}

// Err counts a step.
func (b *budget) Err() error {
	b.steps++
	switch {
	case b.spent != nil:
		return b.spent
	case b.steps > b.opts.MaxSteps:
		b.spent = budgetError("it took too many steps")
	case b.steps&b.every == 0:
		b.sample()
	}
	return b.spent
}

// sample looks at what costs more than counting.
func (b *budget) sample() {
	if err := b.Context.Err(); err != nil {
		b.spent = err
		return
	}
	if b.late() {
		return
	}
	b.grown = 0
	heap, live := b.memory()
	if b.heap == 0 {
		b.heap, b.live = heap, live
	}
	b.heap, b.live = min(b.heap, heap), min(b.live, live)
	grown, kept := heap-b.heap, live-b.live
	if grown <= heapGrowth && kept <= liveGrowth {
		return
	}
	if b.reach() > liveGrowth {
		b.spent = budgetError("it took too much memory")
	}
	b.heap, b.live = heap, live // the growth is somebody else's
}

// processMemory is what is on the heap, and what of it the last collection kept.
func processMemory() (heap, live uint64) {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() == metrics.KindUint64 {
		heap = s[0].Value.Uint64()
	}
	if s[1].Value.Kind() == metrics.KindUint64 {
		live = s[1].Value.Uint64()
	}
	return heap, live
}

// late spends the budget when its time is over.
func (b *budget) late() bool {
	if b.spent == nil && time.Now().After(b.deadline) {
		b.spent = budgetError("it took too long")
	}
	return b.spent != nil
}

// reach is what this evaluation can have taken at most: what it built, and with each
// step a copy of the largest value there is. The heap is the whole process's, and
// what a neighbour takes must not end an expression that cannot have taken it.
func (b *budget) reach() int {
	given := b.given
	b.given = nil
	for _, v := range given {
		left := b.opts.MaxSize
		if !b.walk(v, 0, &left) {
			left = 0
		}
		b.largest = max(b.largest, b.opts.MaxSize-left)
	}
	if b.largest > 0 && b.steps > math.MaxInt/2/b.largest {
		return math.MaxInt
	}
	return b.charged + b.steps*b.largest
}

// charge walks a value that was built and refuses what is too large or too deep.
func (b *budget) charge(v any) error {
	switch v.(type) {
	case nil, float64, bool:
		return nil
	}
	left := b.opts.MaxSize
	if !b.walk(v, 0, &left) && b.spent == nil {
		b.spent = budgetError("a value on the way is too large")
	}
	size := b.opts.MaxSize - left
	b.charged += size
	b.largest = max(b.largest, size)
	return b.spent
}

func (b *budget) walk(v any, depth int, left *int) bool {
	b.walked++
	if *left -= 16; *left < 0 || depth > maxDepth || b.spent != nil {
		return false
	}
	if b.walked > 16*b.opts.MaxSteps {
		b.spent = budgetError("it took too many steps")
		return false
	}
	switch v := v.(type) {
	case string:
		*left -= len(v)
		return *left >= 0
	case []any:
		for _, x := range v {
			if !b.walk(x, depth+1, left) {
				return false
			}
		}
	case object:
		ok := true
		v.Range(func(k string, x any) bool {
			*left -= len(k)
			ok = b.walk(x, depth+1, left)
			return ok
		})
		return ok
	case map[string]any: // a regular expression or a match
		for _, x := range v {
			if !b.walk(x, depth+1, left) {
				return false
			}
		}
	case json.Number:
	default:
		return b.walkSequence(v, depth, left)
	}
	return true
}

// walkSequence sees into the engine's own multi-value container.
func (b *budget) walkSequence(v any, depth int, left *int) bool {
	items, _ := sequenceItems(v)
	for _, x := range items {
		if !b.walk(x, depth+1, left) {
			return false
		}
	}
	return true
}

// sequenceItems reads the engine's own multi-value container, whose type is internal.
func sequenceItems(v any) ([]any, bool) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	field := rv.Elem().FieldByName("Values")
	if !field.IsValid() {
		return nil, false
	}
	items, ok := field.Interface().([]any)
	return items, ok
}
