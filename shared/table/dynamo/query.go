package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// Query reads one page.
func (db *DB) Query(ctx context.Context, q table.Query, after *table.Position) ([]table.Item, *table.Position, error) {
	leave, err := db.enter()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	index, err := indexOf(q.Index)
	if err != nil {
		return nil, nil, err
	}
	t, with := db.tracked(ctx)
	out, err := db.client.Query(ctx, db.queryInput(q, index, after), with)
	if err != nil {
		return nil, nil, t.failed(ctx, err, true)
	}
	more := out.LastEvaluatedKey != nil
	if q.Index == table.Base {
		return page(q, out.Items, more)
	}
	return db.indexPage(ctx, q, index, out.Items, more)
}

// indexOf gives an index's key attributes, or the base table's.
func indexOf(name string) (schema.Index, error) {
	if name == table.Base {
		return schema.Index{PK: schema.PK, SK: schema.SK}, nil
	}
	for _, index := range schema.Indexes() {
		if index.Name == name {
			return index, nil
		}
	}
	return schema.Index{}, fmt.Errorf("%w: unknown index %q", table.ErrInvalid, name)
}

func (db *DB) queryInput(q table.Query, index schema.Index, after *table.Position) *dynamodb.QueryInput {
	where, values := index.PK+" = :pk", attributes{":pk": text(q.PK)}
	switch { // one condition on the sort key is all that DynamoDB takes
	case q.Prefix != "":
		where += " AND begins_with(" + index.SK + ", :prefix)"
		values[":prefix"] = text(q.Prefix)
	case q.From != "" && q.To != "":
		where += " AND " + index.SK + " BETWEEN :from AND :to"
		values[":from"], values[":to"] = text(q.From), text(q.To)
	case q.From != "":
		where += " AND " + index.SK + " >= :from"
		values[":from"] = text(q.From)
	case q.To != "":
		where += " AND " + index.SK + " <= :to"
		values[":to"] = text(q.To)
	}
	in := &dynamodb.QueryInput{
		TableName: db.table, KeyConditionExpression: &where, ExpressionAttributeValues: values,
		// One more than asked for tells whether there is a next page.
		Limit:            aws.Int32(int32(q.Limit) + 1), //nolint:gosec // at most MaxQueryLimit
		ScanIndexForward: aws.Bool(!q.Reverse),
	}
	if q.Index == table.Base {
		in.ConsistentRead = aws.Bool(true)
	} else {
		in.IndexName = &index.Name
	}
	if after != nil {
		in.ExclusiveStartKey = keyOf(after.Key)
		in.ExclusiveStartKey[index.PK], in.ExclusiveStartKey[index.SK] = text(q.PK), text(after.Sort)
	}
	return in
}

// page cuts an answer of the base table to the port's limits: DynamoDB's own
// megabyte counts less for an item than Item.Bytes does.
func page(q table.Query, rows []attributes, more bool) ([]table.Item, *table.Position, error) {
	items, bytes := make([]table.Item, 0, len(rows)), 0
	for _, row := range rows {
		item, err := decode(row)
		if err != nil {
			return nil, nil, err
		}
		bytes += item.Bytes()
		if len(items) == q.Limit || len(items) > 0 && bytes > table.MaxPageBytes {
			more = true
			break
		}
		items = append(items, item)
	}
	if !more || len(items) == 0 {
		return items, nil, nil
	}
	last := items[len(items)-1].Key
	return items, &table.Position{Key: last, Sort: last.SK}, nil
}

// indexPage fetches the items that an index's entries name. An entry whose item
// has gone or moved meanwhile is passed over, so a page may be short.
func (db *DB) indexPage(ctx context.Context, q table.Query, index schema.Index, rows []attributes, more bool) ([]table.Item, *table.Position, error) {
	if len(rows) > q.Limit {
		rows, more = rows[:q.Limit], true
	}
	entries := make([]table.Position, len(rows))
	for i, row := range rows {
		base, err := keyAt(row, schema.PK, schema.SK)
		if err != nil {
			return nil, nil, err
		}
		at, err := keyAt(row, index.PK, index.SK)
		if err != nil {
			return nil, nil, err
		}
		entries[i] = table.Position{Key: base, Sort: at.SK}
	}
	items, bytes := make([]table.Item, 0, len(rows)), 0
	for start := 0; start < len(entries); start += maxGet {
		chunk := entries[start:min(start+maxGet, len(entries))]
		keys := make([]table.Key, len(chunk))
		for i, entry := range chunk {
			keys[i] = entry.Key
		}
		found, err := db.fetch(ctx, keys)
		if err != nil {
			return nil, nil, err
		}
		for i, entry := range chunk {
			item, ok := found[entry.Key]
			if !ok || item.Index[q.Index] != (table.Key{PK: q.PK, SK: entry.Sort}) {
				continue
			}
			bytes += item.Bytes()
			if len(items) > 0 && bytes > table.MaxPageBytes {
				return items, &entries[start+i-1], nil
			}
			items = append(items, item)
		}
	}
	if !more || len(entries) == 0 {
		return items, nil, nil
	}
	return items, &entries[len(entries)-1], nil
}
