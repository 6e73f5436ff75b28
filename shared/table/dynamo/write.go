package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/table"
)

// Write applies one put or delete.
func (db *DB) Write(ctx context.Context, op table.Op, now time.Time) (int64, error) {
	leave, err := db.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	switch {
	case op.Kind == table.OpPut:
		return db.put(ctx, op, now)
	case op.Kind == table.OpDelete && op.If.Kind() == table.CondAlways:
		return 0, db.delete(ctx, op.Item.Key)
	}
	return 0, db.transact(ctx, []table.Op{op}, now)
}

func (db *DB) put(ctx context.Context, op table.Op, now time.Time) (int64, error) {
	id := uuid.New()
	e := put(op.Item, op.If, now, id[:], true)
	next, known := op.If.Next()
	in := &dynamodb.UpdateItemInput{
		TableName: db.table, Key: keyOf(op.Item.Key),
		UpdateExpression: &e.update, ConditionExpression: e.condition, ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if !known {
		in.ReturnValues = types.ReturnValueUpdatedNew // costs nothing, but sends the data back
	}
	t, with := db.tracked(ctx)
	out, err := db.client.UpdateItem(ctx, in, with)
	var unmet *types.ConditionalCheckFailedException
	switch {
	case err == nil && known:
		return next, nil
	case err == nil:
		return versionOf(out.Attributes)
	case !errors.As(err, &unmet):
		return 0, t.failed(ctx, err, false)
	case writtenBy(unmet.Item, id[:]): // by an attempt whose answer was lost
		return versionOf(unmet.Item)
	}
	if version, err := versionOf(unmet.Item); err == nil && known && t.doubt && version > next {
		// What an earlier attempt may have written, others have written over.
		return 0, fmt.Errorf("%w: version %d is stored, where %d was to be written", table.ErrInDoubt, version, next)
	}
	return 0, &table.ConditionError{}
}

func (db *DB) delete(ctx context.Context, key table.Key) error {
	t, with := db.tracked(ctx)
	_, err := db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: db.table, Key: keyOf(key)}, with)
	if err != nil {
		return t.failed(ctx, err, false)
	}
	return nil
}
