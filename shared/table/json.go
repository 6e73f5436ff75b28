package table

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/apiq/apiq/shared/pause"
)

const (
	modifyAttempts = 32
	modifyBackoff  = 2 * time.Millisecond
	modifyMaxWait  = 100 * time.Millisecond
)

// JSONItem is an item with v as its data. It is no page: markup in v stays as it
// is, where json.Marshal would write six bytes for each < and an item that is
// within its size would not be any more.
func JSONItem(key Key, v any) (Item, error) {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return Item{}, fmt.Errorf("table: encode item: %w", err)
	}
	return Item{Key: key, Data: bytes.TrimSuffix(data.Bytes(), []byte("\n"))}, nil
}

// Decode reads the item's data into v.
func (i Item) Decode(v any) error {
	if err := json.Unmarshal(i.Data, v); err != nil {
		return fmt.Errorf("table: decode item: %w", err)
	}
	return nil
}

// GetJSON reads the item's data as a T, with its version.
func GetJSON[T any](ctx context.Context, s *Store, key Key) (T, int64, error) {
	var v T
	item, err := s.Get(ctx, key)
	if err != nil {
		return v, 0, err
	}
	return v, item.Version, item.Decode(&v)
}

// Modify reads an item, lets change alter its data and writes it where nobody
// else wrote meanwhile, else tries again; index keys and expiry stay. It returns
// what it wrote, and the version. change may run several times and must have no
// effect of its own; its error is returned as it is and nothing is written. A
// missing item is ErrNotFound; after many lost races the error is ErrCondition.
func Modify[T any](ctx context.Context, s *Store, key Key, change func(*T) error) (T, int64, error) {
	var v T
	item, err := ModifyItem(ctx, s, key, func(item *Item) error {
		v = *new(T) // what an earlier attempt decoded must not show through
		if err := item.Decode(&v); err != nil {
			return err
		}
		if err := change(&v); err != nil {
			return err
		}
		next, err := JSONItem(key, v)
		item.Data = next.Data
		return err
	})
	return v, item.Version, err
}

// ModifyItem is Modify for a change of the whole item: data, index keys, expiry.
// The key and version are the store's.
func ModifyItem(ctx context.Context, s *Store, key Key, change func(*Item) error) (Item, error) {
	wait := modifyBackoff
	for attempt := 1; ; attempt++ {
		item, err := s.Get(ctx, key)
		if err != nil {
			return Item{}, err
		}
		version := item.Version
		if err := change(&item); err != nil {
			return Item{}, err
		}
		item.Key = key
		item, err = s.Put(ctx, item, IfVersion(version))
		if err == nil || !errors.Is(err, ErrCondition) || attempt == modifyAttempts {
			return item, err
		}
		if err := pause.For(ctx, rand.N(wait)); err != nil { // #nosec G404 -- jitter
			return Item{}, err
		}
		wait = min(2*wait, modifyMaxWait)
	}
}
