package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/apiq/apiq/shared/table"
)

// maxGet is the most keys of one BatchGetItem.
const maxGet = 100

// Get reads one item, consistently.
func (db *DB) Get(ctx context.Context, key table.Key) (table.Item, error) {
	leave, err := db.enter()
	if err != nil {
		return table.Item{}, err
	}
	defer leave()
	t, with := db.tracked(ctx)
	out, err := db.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: db.table, Key: keyOf(key), ConsistentRead: aws.Bool(true)}, with)
	switch {
	case err != nil:
		return table.Item{}, t.failed(ctx, err, true)
	case len(out.Item) == 0:
		return table.Item{}, table.ErrNotFound
	}
	return decode(out.Item)
}

// fetch reads at most maxGet items by their keys, in no order, as eventually
// consistent as the index that gave the keys, at half the price of a consistent
// read. What is not there is left out.
func (db *DB) fetch(ctx context.Context, keys []table.Key) (map[table.Key]table.Item, error) {
	left := make([]attributes, len(keys))
	for i, k := range keys {
		left[i] = keyOf(k)
	}
	items := make(map[table.Key]table.Item, len(keys))
	for round := 1; ; round++ {
		t, with := db.tracked(ctx)
		out, err := db.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{*db.table: {Keys: left}},
		}, with)
		if err != nil {
			return nil, t.failed(ctx, err, true)
		}
		for _, a := range out.Responses[*db.table] {
			item, err := decode(a)
			if err != nil {
				return nil, err
			}
			items[item.Key] = item
		}
		before := len(left)
		switch left = out.UnprocessedKeys[*db.table].Keys; {
		case len(left) == 0:
			return items, nil
		case len(left) < before:
			round = 0 // 16 MB an answer: it goes on at once
			continue
		case round == db.rounds:
			return nil, fmt.Errorf("%w: %d items were not read", table.ErrThrottled, len(left))
		}
		if err := db.backoff.pause(ctx, round); err != nil {
			return nil, fmt.Errorf("dynamo: %w", err)
		}
	}
}
