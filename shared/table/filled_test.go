package table_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/table"
)

// numbers is a driver whose partition holds items 00, 01, …
type numbers struct {
	table.Driver
	n int
}

func (d *numbers) Query(_ context.Context, q table.Query, after *table.Position) ([]table.Item, *table.Position, error) {
	var items []table.Item
	for i := range d.n {
		key := table.Key{PK: q.PK, SK: fmt.Sprintf("%02d", i)}
		if after != nil && key.SK <= after.Sort {
			continue
		}
		if len(items) == q.Limit {
			last := items[len(items)-1].Key
			return items, &table.Position{Key: last, Sort: last.SK}, nil
		}
		items = append(items, table.Item{Key: key, Data: []byte("{}")})
	}
	return items, nil, nil
}

func TestFilled(t *testing.T) {
	t.Parallel()
	tenth := func(i table.Item) (bool, error) { return i.SK[1] == '0', nil }
	for name, c := range map[string]struct {
		limit, most int
		first       int // items of the first page
	}{
		"filled across pages":      {2, 100, 2},
		"all in one":               {25, 100, 5},
		"short where much is read": {3, 6, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := table.New(&numbers{n: 50}, nil)
			q := table.Query{PK: "p", Limit: c.limit}
			var all []string
			for n := range 50 {
				page, err := s.Filled(workspace(t.Context()), q, c.most, tenth)
				if err != nil || len(page.Items) > c.limit || n == 0 && len(page.Items) != c.first {
					t.Fatalf("%d items, %v", len(page.Items), err)
				}
				for _, item := range page.Items {
					all = append(all, item.SK)
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if want := []string{"00", "10", "20", "30", "40"}; !slices.Equal(all, want) {
				t.Errorf("%v, want %v", all, want)
			}
		})
	}
}
