package expr

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime/metrics"
	"time"
)

// heapGrowth is how much the process may grow during one evaluation before the
// evaluation is blamed for it: the backstop behind the checks of sizes.
const heapGrowth = 384 << 20

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
	heap     uint64
	spent    error
}

type budgetKey struct{}

func newBudget(ctx context.Context, o *Options, wary bool) *budget {
	every := 63
	if wary {
		every = 3
	}
	return &budget{Context: ctx, every: every, opts: o, now: o.Now(), deadline: time.Now().Add(o.Timeout)}
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
	if time.Now().After(b.deadline) {
		b.spent = budgetError("it took too long")
		return
	}
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return
	}
	heap := s[0].Value.Uint64()
	if b.heap == 0 || heap < b.heap {
		b.heap = heap
	}
	if heap-b.heap > heapGrowth {
		b.spent = budgetError("it took too much memory")
	}
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
