package web

// narrowBudget bounds the items read for one page of a narrow filter; the cursor
// goes on from where the reading stopped.
const narrowBudget = 2000

// Narrow reads a page of those items of a list that keep takes. A page may have
// fewer than the limit, or none, and a cursor all the same.
func Narrow[T any](p Paging, list func(limit int, cursor string) ([]T, string, error), keep func(T) bool) ([]T, string, error) {
	out := make([]T, 0, p.Limit)
	for read, cursor := 0, p.Cursor; ; {
		page, next, err := list(p.Limit-len(out), cursor)
		if err != nil {
			return nil, "", err
		}
		for _, v := range page {
			if keep(v) {
				out = append(out, v)
			}
		}
		read += max(len(page), 1)
		if cursor = next; next == "" || len(out) >= p.Limit || read >= narrowBudget {
			return out, next, nil
		}
	}
}
