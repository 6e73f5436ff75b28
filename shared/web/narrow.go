package web

// narrowPages bounds how many pages one narrowed page may take to fill.
const narrowPages = 40

// Narrow fills a page with what passes keep, reading as many pages of list as
// that takes, within a bound: the cursor goes on from where the reading stopped.
func Narrow[T any](p Paging, list func(limit int, cursor string) ([]T, string, error), keep func(T) bool) ([]T, string, error) {
	out := make([]T, 0, p.Limit)
	cursor := p.Cursor
	for range narrowPages {
		page, next, err := list(p.Limit-len(out), cursor)
		if err != nil {
			return nil, "", err
		}
		for _, v := range page {
			if keep(v) {
				out = append(out, v)
			}
		}
		if cursor = next; cursor == "" || len(out) >= p.Limit {
			break
		}
	}
	return out, cursor, nil
}
