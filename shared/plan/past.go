package plan

import (
	"context"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/table"
)

// Past is the plans and conversations of a workspace, for who removes old ones before
// they end by themselves.
type Past struct{ store *table.Store }

// NewPast makes a Past.
func NewPast(store *table.Store) Past { return Past{store} }

// Expire removes plans made, and conversations spoken in last, before a time, and returns
// how many that were, with an error too. It may be repeated.
func (p Past) Expire(ctx context.Context, before time.Time) (int, error) {
	plans, err := p.remove(ctx, pkPlan, func(item table.Item) (bool, error) {
		var rec struct {
			CreatedAt time.Time `json:"createdAt"`
		}
		err := item.Decode(&rec)
		return rec.CreatedAt.Before(before), err
	})
	if err != nil {
		return plans, err
	}
	talks, err := p.remove(ctx, pkConversation, func(item table.Item) (bool, error) {
		var c conversation
		err := item.Decode(&c)
		return len(c.Turns) == 0 || c.Turns[len(c.Turns)-1].At.Before(before), err
	})
	return plans + talks, err
}

// remove deletes what is old as it was read: a conversation that goes on meanwhile stays.
func (p Past) remove(ctx context.Context, pk string, old func(table.Item) (bool, error)) (n int, err error) {
	for item, err := range p.store.All(ctx, table.Query{PK: pk}) {
		if err != nil {
			return n, err
		}
		gone, err := old(item)
		if err != nil {
			return n, err
		}
		if !gone {
			continue
		}
		switch err := p.store.Delete(ctx, item.Key, table.IfVersion(item.Version)); {
		case errors.Is(err, table.ErrCondition):
		case err != nil:
			return n, err
		default:
			n++
		}
	}
	return n, nil
}
