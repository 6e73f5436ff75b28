package connection

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Sources lists the connections whose documents can drift: those that work and
// took theirs from an address, but for the samples, which come with the product.
// It looks at no more than limit connections behind the one named after ("" from
// the start), and returns where to go on from, "" at the end; a page may be
// short, even empty, and still have a next one.
func (s *Service) Sources(ctx context.Context, after string, limit int) (ids []string, next string, err error) {
	seen := 0
	// The bound is inclusive: it gives the one named after as well.
	for item, err := range s.table.All(ctx, table.Query{PK: pkConnection, From: after, Limit: limit + 1}) {
		switch {
		case err != nil:
			return nil, "", err
		case item.SK == after:
			continue
		case seen == limit:
			return ids, next, nil
		}
		var c stored
		if err := item.Decode(&c); err != nil {
			return nil, "", err
		}
		if c.SpecURL != "" && c.Status == StatusActive && !c.Sample {
			ids = append(ids, c.ID)
		}
		seen, next = seen+1, c.ID
	}
	return ids, "", nil
}

// Drifted is Refresh for who only counts: whether the document changed, whether
// its source is down, how many changes calls made before can fail on, and the
// steps of active workflows that broke, as BrokenSteps names them.
func (s *Service) Drifted(ctx context.Context, conID string) (changed, stale bool, breaking int, broken []string, err error) {
	found, err := s.Refresh(ctx, conID)
	return found.Changed, found.Stale, found.BreakingCount, found.BrokenSteps(), err
}
