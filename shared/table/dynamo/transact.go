package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/table"
)

// Transact applies all operations or none.
func (db *DB) Transact(ctx context.Context, ops []table.Op, now time.Time) error {
	leave, err := db.enter()
	if err != nil {
		return err
	}
	defer leave()
	return db.transact(ctx, ops, now)
}

func (db *DB) transact(ctx context.Context, ops []table.Op, now time.Time) error {
	id := uuid.New()
	in := &dynamodb.TransactWriteItemsInput{
		TransactItems: make([]types.TransactWriteItem, len(ops)),
		// 36 bytes, the most that a token may have.
		ClientRequestToken: aws.String(id.String()),
	}
	for i, op := range ops {
		var err error
		if in.TransactItems[i], err = db.action(op, now, id[:]); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
	}
	t, with := db.tracked(ctx)
	_, err := db.client.TransactWriteItems(ctx, in, with)
	if err == nil {
		return nil
	}
	if unmet := conditionOf(err); unmet != nil {
		return unmet
	}
	return t.failed(ctx, err, false)
}

func (db *DB) action(op table.Op, now time.Time, id []byte) (types.TransactWriteItem, error) {
	key := keyOf(op.Item.Key)
	switch op.Kind {
	case table.OpPut:
		e := put(op.Item, op.If, now, id, false)
		return types.TransactWriteItem{Update: &types.Update{
			TableName: db.table, Key: key, UpdateExpression: &e.update,
			ConditionExpression: e.condition, ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}, nil
	case table.OpDelete:
		e := condition(op.If, now)
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: db.table, Key: key,
			ConditionExpression: e.condition, ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}, nil
	case table.OpCheck:
		e := condition(op.If, now)
		return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: db.table, Key: key,
			ConditionExpression: e.condition, ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		}}, nil
	}
	return types.TransactWriteItem{}, fmt.Errorf("%w: operation kind %d", table.ErrInvalid, op.Kind)
}
