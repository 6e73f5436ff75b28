package table

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// Query reads one partition of the base table or of an index, in sort order.
// Reads of an index are eventually consistent: never authorise from one.
type Query struct {
	Index   string
	PK      string
	Prefix  string // of the sort key; "" for all
	From    string // inclusive lower bound of the sort key; "" for none. Not together with Prefix.
	To      string // inclusive upper bound of the sort key; "" for none. Not together with Prefix.
	Limit   int    // 1..MaxQueryLimit; 0 means DefaultPageLen
	Cursor  string // opaque, from a Page of the same query in the same tenant
	Reverse bool
}

// Page is a part of a query's answer: at most Limit items and MaxPageBytes. An
// empty Next means the end; a page may be short, even empty, and still have a Next.
type Page struct {
	Items []Item
	Next  string
}

// Query returns one page.
func (s *Store) Query(ctx context.Context, q Query) (Page, error) {
	scope, err := scopeOf(ctx)
	if err != nil {
		return Page{}, err
	}
	if err := q.check(scope); err != nil {
		return Page{}, err
	}
	var after *Position
	if q.Cursor != "" {
		if after, err = decodeCursor(scope, q); err != nil {
			return Page{}, err
		}
	}
	inner := q
	inner.PK, inner.Cursor = scope.add(q.PK), ""
	if inner.Limit == 0 {
		inner.Limit = DefaultPageLen
	}
	items, last, err := s.driver.Query(ctx, inner, after)
	if err != nil {
		return Page{}, err
	}
	now := s.now()
	page := Page{Items: make([]Item, 0, len(items))}
	for _, item := range items {
		if item.ExpiredAt(now) {
			continue
		}
		if item, err = scope.out(item); err != nil {
			return Page{}, err
		}
		page.Items = append(page.Items, item)
	}
	if last != nil {
		if page.Next, err = encodeCursor(scope, q, *last); err != nil {
			return Page{}, err
		}
	}
	return page, nil
}

// All ranges over every item of a query, page by page; q.Limit is the page's
// length. An error ends it, as the last pair.
func (s *Store) All(ctx context.Context, q Query) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			page, err := s.Query(ctx, q)
			if err != nil {
				yield(Item{}, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.Cursor = page.Next
		}
	}
}

func (q Query) check(scope scope) error {
	switch q.Index {
	case Base, Index1, Index2, Index3:
	default:
		return fmt.Errorf("%w: unknown index %q", ErrInvalid, q.Index)
	}
	if err := scope.checkPart("partition key", q.PK, MaxPartition-len(scope.prefix)); err != nil {
		return err
	}
	for _, bound := range []string{q.Prefix, q.From, q.To} {
		if bound == "" {
			continue
		}
		if err := scope.checkPart("sort key bound", bound, MaxSort); err != nil {
			return err
		}
	}
	switch {
	case q.Prefix != "" && (q.From != "" || q.To != ""):
		return fmt.Errorf("%w: a prefix excludes bounds", ErrInvalid)
	case q.From != "" && q.To != "" && q.From > q.To:
		return fmt.Errorf("%w: lower bound above upper bound", ErrInvalid)
	case q.Limit < 0 || q.Limit > MaxQueryLimit:
		return fmt.Errorf("%w: limit %d is not in 1..%d", ErrInvalid, q.Limit, MaxQueryLimit)
	}
	return nil
}

// covers says whether a sort key lies in what the query asks for.
func (q Query) covers(sort string) bool {
	return strings.HasPrefix(sort, q.Prefix) &&
		(q.From == "" || sort >= q.From) && (q.To == "" || sort <= q.To)
}
