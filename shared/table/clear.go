package table

import "context"

// Clear deletes every item of a partition of the base table, some at a time. saw,
// where it is not nil, is given each item before it goes. After an error the rest is
// there, and Clear may be called again.
func Clear(ctx context.Context, s *Store, pk string, saw func(Item) error) error {
	for {
		page, err := s.Query(ctx, Query{PK: pk, Limit: MaxBatch})
		if err != nil {
			return err
		}
		if len(page.Items) == 0 && page.Next == "" {
			return nil
		}
		ops := make([]Op, 0, len(page.Items))
		for _, item := range page.Items {
			if saw != nil {
				if err := saw(item); err != nil {
					return err
				}
			}
			ops = append(ops, Delete(item.Key, Always()))
		}
		if len(ops) == 0 {
			continue
		}
		if err := s.BatchWrite(ctx, ops); err != nil {
			return err
		}
	}
}
