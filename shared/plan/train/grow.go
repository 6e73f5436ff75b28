package train

import (
	"context"
	"hash/fnv"

	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
)

// Forests are what is grown.
type Forests struct{ Retrieval, Sequence *learn.Forest }

// Grow grows both forests from the examples of the vendors for which use holds.
func Grow(ctx context.Context, ex *Examples, use func(vendor string) bool, o *Options) (*Forests, error) {
	var f Forests
	var err error
	if f.Retrieval, err = learn.Grow(ctx, choices(ex.Retrieval, use), retrieve.NumFeatures, &learn.Options{
		Trees: 120, Leaves: 8, Rate: 0.15, Ridge: 20, Columns: 0.4, LeastRows: 60, Rows: 0.5, Progress: o.tell("ranker")}); err != nil {
		return nil, err
	}
	if f.Sequence, err = learn.Grow(ctx, choices(ex.Sequence, use), sequence.Features, &learn.Options{
		Trees: 200, Leaves: 5, Rate: 0.1, Ridge: 20, Columns: 0.4, LeastRows: 60, Progress: o.tell("model")}); err != nil {
		return nil, err
	}
	return &f, nil
}

func choices(list []Example, use func(string) bool) []learn.Choice {
	var out []learn.Choice
	for _, e := range list {
		if use == nil || use(e.Vendor) {
			out = append(out, e.Choices...)
		}
	}
	return out
}

// Fold is the part of n that a vendor's goals belong to.
func Fold(vendor string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(vendor))    // it never fails
	return int(h.Sum32() % uint32(n)) //nolint:gosec // few folds
}
