package spec

import "sync/atomic"

// once keeps what was made at the first call that had no error. Two calls at once
// may both make it; one value stays.
type once[T any] struct{ made atomic.Pointer[T] }

func (o *once[T]) get(make func() (T, error)) (T, error) {
	if v := o.made.Load(); v != nil {
		return *v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	o.made.CompareAndSwap(nil, &v)
	return *o.made.Load(), nil
}
