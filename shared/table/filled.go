package table

import "context"

// Filled is Query for a page of the items that keep takes: it reads on until there are
// as many as q.Limit, there are no more, or it has read most of them. The page's cursor
// goes on from where it stopped, so that a page may be short and still have a next one.
func (s *Store) Filled(ctx context.Context, q Query, most int, keep func(Item) (bool, error)) (Page, error) {
	out := Page{Items: make([]Item, 0, q.Limit)}
	limit := q.Limit
	for read := 0; ; {
		q.Limit = limit - len(out.Items)
		page, err := s.Query(ctx, q)
		if err != nil {
			return Page{}, err
		}
		for _, item := range page.Items {
			ok, err := keep(item)
			if err != nil {
				return Page{}, err
			}
			if ok {
				out.Items = append(out.Items, item)
			}
		}
		read += max(len(page.Items), 1)
		if q.Cursor, out.Next = page.Next, page.Next; page.Next == "" || len(out.Items) >= limit || read >= most {
			return out, nil
		}
	}
}
