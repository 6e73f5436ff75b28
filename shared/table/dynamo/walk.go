package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// Walk implements table.Walker by a scan, which reads the whole table, other tenants'
// items too, and leaves those out: partition keys have no order in DynamoDB.
func (db *DB) Walk(ctx context.Context, prefix string, after *table.Key, limit int) ([]table.Item, *table.Key, error) {
	leave, err := db.enter()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	in := &dynamodb.ScanInput{
		TableName: db.table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(limit)), //nolint:gosec // at most MaxQueryLimit
		FilterExpression:          aws.String("begins_with(" + schema.PK + ", :prefix)"),
		ExpressionAttributeValues: attributes{":prefix": text(prefix)},
	}
	if after != nil {
		in.ExclusiveStartKey = keyOf(*after)
	}
	t, with := db.tracked(ctx)
	out, err := db.client.Scan(ctx, in, with)
	if err != nil {
		return nil, nil, t.failed(ctx, err, true)
	}
	items := make([]table.Item, len(out.Items))
	for i, row := range out.Items {
		if items[i], err = decode(row); err != nil {
			return nil, nil, err
		}
	}
	if out.LastEvaluatedKey == nil {
		return items, nil, nil
	}
	next, err := keyAt(out.LastEvaluatedKey, schema.PK, schema.SK)
	return items, &next, err
}
