package workflow

import (
	"context"
	"slices"
)

// Reference is an active workflow that calls a connection, with the operations it calls.
type Reference struct {
	ID, Name   string
	Operations []string
}

// ActiveUses lists the active workflows that call a connection. It reads each
// active workflow: it is asked when a connection is removed or its spec changes.
func (s *Service) ActiveUses(ctx context.Context, connection string) ([]Reference, error) {
	var out []Reference
	for cursor := ""; ; {
		page, next, err := s.List(ctx, 100, cursor)
		if err != nil {
			return nil, err
		}
		for _, w := range page {
			if w.Status != StatusActive {
				continue
			}
			v, err := s.Version(ctx, w.ID, w.LatestVersion)
			if err != nil {
				return nil, err
			}
			ref := Reference{ID: w.ID, Name: w.Name}
			v.Document.Walk(func(_ string, st *Step) {
				if st.Connection == connection && !slices.Contains(ref.Operations, st.Operation) {
					ref.Operations = append(ref.Operations, st.Operation)
				}
			})
			if len(ref.Operations) > 0 {
				out = append(out, ref)
			}
		}
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}
