package execution

import (
	"context"

	"github.com/apiq/apiq/shared/table"
)

// Queue tells where a run stands that waits for its turn.
type Queue struct {
	// Position is 1 for the run that is next.
	Position int `json:"position"`
	// Running are the runs that hold the slots.
	Running []string `json:"running"`
	Limit   int      `json:"limit"`
}

func (s *Service) queue(ctx context.Context, r record) (*Queue, error) {
	if !r.queued() || r.Status.Ended() {
		return nil, nil //nolint:nilnil // most runs stand in none
	}
	g, err := s.group(ctx, r.Member.Group)
	if err != nil {
		return nil, err
	}
	q := &Queue{Running: append([]string{}, g.Running...), Limit: r.Member.Limit}
	upTo := table.Query{PK: groupKey(r.Member.Group).PK, From: placeKey(r.Member.Group, 0).SK, To: placeKey(r.Member.Group, r.Member.Place).SK, Limit: 1000}
	for _, err := range s.store.All(ctx, upTo) {
		if err != nil {
			return nil, err
		}
		q.Position++
	}
	return q, nil
}
