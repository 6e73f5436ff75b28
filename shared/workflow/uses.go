package workflow

import (
	"context"
	"slices"

	"github.com/apiq/apiq/shared/access"
)

// Reference is an active workflow that calls a connection, with the operations it calls.
// One that is hidden from whose rights count has neither id nor name.
type Reference struct {
	ID, Name   string
	Operations []string
	// Open: every member sees it.
	Open bool
}

// ActiveUses lists the active workflows that call a connection. It reads each
// active workflow: it is asked when a connection is removed or its spec changes.
func (s *Service) ActiveUses(ctx context.Context, connection string) ([]Reference, error) {
	var out []Reference
	asker := access.From(ctx)
	ctx = access.As(ctx, access.Machine()) // what is hidden from who asks depends on it all the same
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
			ref := Reference{ID: w.ID, Name: w.Name, Open: w.Sharing.Open(access.Use)}
			v.Document.Walk(func(_ string, st *Step) {
				if st.Connection == connection && !slices.Contains(ref.Operations, st.Operation) {
					ref.Operations = append(ref.Operations, st.Operation)
				}
			})
			if !w.For(asker).Sees() {
				ref.ID, ref.Name = "", ""
			}
			if len(ref.Operations) > 0 {
				out = append(out, ref)
			}
		}
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}
