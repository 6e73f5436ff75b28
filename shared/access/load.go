package access

import (
	"context"
	"errors"
	"strings"

	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/table"
)

// item is what is read of a resource's item.
type item struct {
	Sharing
	CreatedBy string `json:"createdBy"`
}

// Owner is who a resource belongs to whose item names an owner, or only who made it.
func Owner(ownerID, createdBy string) string {
	if ownerID == "" && strings.HasPrefix(createdBy, id.User) {
		return createdBy
	}
	return ownerID
}

// keys say where the resources lie that are shared, by the prefix of their ids.
var keys = map[string]string{id.Connection: "CON", id.Workflow: "WFL"}

// Key is where a connection or workflow lies; what is neither has no key.
func Key(resource string) table.Key {
	for prefix, pk := range keys {
		if strings.HasPrefix(resource, prefix) {
			return table.Key{PK: pk, SK: resource}
		}
	}
	return table.Key{}
}

// Load reads the sharing of a connection or workflow from its own item, consistently. Of
// one that is gone it is what Keep left; a resource of which nothing is left was
// everybody's.
func Load(ctx context.Context, store *table.Store, resource string) (Sharing, error) {
	var it item
	var err error = table.ErrNotFound
	for _, key := range []table.Key{Key(resource), keptKey(resource)} {
		if errors.Is(err, table.ErrNotFound) || errors.Is(err, table.ErrInvalid) {
			it, _, err = table.GetJSON[item](ctx, store, key)
		}
	}
	if errors.Is(err, table.ErrNotFound) || errors.Is(err, table.ErrInvalid) {
		return Sharing{}, nil
	}
	it.OwnerID = Owner(it.OwnerID, it.CreatedBy)
	return it.Sharing, err
}

func keptKey(resource string) table.Key { return table.Key{PK: "ACCESS", SK: resource} }

// Keep is the operations that are written with a resource's deletion, so that what it
// leaves behind (the runs of a workflow) is hidden from those it was hidden from.
func (s Sharing) Keep(resource string) ([]table.Op, error) {
	if s.Open(Edit) {
		return nil, nil
	}
	kept, err := table.JSONItem(keptKey(resource), s)
	return []table.Op{table.Put(kept, table.Always())}, err
}
