package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/apiq/apiq/shared/table"
)

// batchParallel bounds the puts of one batch that are under way at once, so that
// bulk work leaves connections to others.
const batchParallel = 8

// BatchWrite applies puts one by one, several at once, because BatchWriteItem
// cannot count a version up; a write unit costs the same either way. Deletes go
// together.
func (db *DB) BatchWrite(ctx context.Context, ops []table.Op, now time.Time) error {
	leave, err := db.enter()
	if err != nil {
		return err
	}
	defer leave()
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(batchParallel)
	var deletes []types.WriteRequest
	for _, op := range ops {
		if op.Kind == table.OpDelete {
			deletes = append(deletes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: keyOf(op.Item.Key)}})
			continue
		}
		group.Go(func() error {
			_, err := db.put(inner, op, now)
			return err
		})
	}
	if len(deletes) > 0 {
		group.Go(func() error { return db.deleteAll(inner, deletes) })
	}
	if err := group.Wait(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("dynamo: %w", ctx.Err())
		}
		return err
	}
	return nil
}

// deleteAll goes on with what DynamoDB hands back as not done.
func (db *DB) deleteAll(ctx context.Context, left []types.WriteRequest) error {
	for round := 1; ; round++ {
		t, with := db.tracked(ctx)
		out, err := db.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{*db.table: left},
		}, with)
		if err != nil {
			return t.failed(ctx, err, false)
		}
		switch left = out.UnprocessedItems[*db.table]; {
		case len(left) == 0:
			return nil
		case round == db.rounds:
			return fmt.Errorf("%w: %d deletions were not done", table.ErrThrottled, len(left))
		}
		if err := db.backoff.pause(ctx, round); err != nil {
			return fmt.Errorf("dynamo: %w", err)
		}
	}
}
