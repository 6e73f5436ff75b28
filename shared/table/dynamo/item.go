package dynamo

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// attributes is an item, a key or a part of one, as the SDK has it.
type attributes = map[string]types.AttributeValue

var errForm = errors.New("dynamo: an item is not of this table's form")

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func keyOf(k table.Key) attributes {
	return attributes{schema.PK: text(k.PK), schema.SK: text(k.SK)}
}

// decode reads a stored item. Data is a string there, not binary: it is readable
// in the console and in exports, and DynamoDB keeps its bytes as they are.
func decode(a attributes) (table.Item, error) {
	var item table.Item
	var err error
	if item.Key, err = keyAt(a, schema.PK, schema.SK); err != nil {
		return table.Item{}, err
	}
	data, ok := a[schema.Data].(*types.AttributeValueMemberS)
	if !ok {
		return table.Item{}, fmt.Errorf("%w: no data", errForm)
	}
	item.Data = []byte(data.Value)
	if item.Version, err = versionOf(a); err != nil {
		return table.Item{}, err
	}
	if a[schema.TTL] != nil {
		seconds, err := integer(a, schema.TTL)
		if err != nil {
			return table.Item{}, err
		}
		item.ExpiresAt = time.Unix(seconds, 0).UTC()
	}
	for _, index := range schema.Indexes() {
		if a[index.PK] == nil {
			continue
		}
		k, err := keyAt(a, index.PK, index.SK)
		if err != nil {
			return table.Item{}, err
		}
		if item.Index == nil {
			item.Index = make(map[string]table.Key, table.MaxIndexes)
		}
		item.Index[index.Name] = k
	}
	return item, nil
}

func versionOf(a attributes) (int64, error) { return integer(a, schema.Version) }

func integer(a attributes, name string) (int64, error) {
	n, ok := a[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("%w: no number %q", errForm, name)
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no integer", errForm, name)
	}
	return v, nil
}

func keyAt(a attributes, pk, sk string) (table.Key, error) {
	p, ok := a[pk].(*types.AttributeValueMemberS)
	s, also := a[sk].(*types.AttributeValueMemberS)
	if !ok || !also {
		return table.Key{}, fmt.Errorf("%w: no key %q, %q", errForm, pk, sk)
	}
	return table.Key{PK: p.Value, SK: s.Value}, nil
}

// writtenBy says whether the item's last put was the one with this id.
func writtenBy(a attributes, id []byte) bool {
	w, ok := a[schema.Writer].(*types.AttributeValueMemberB)
	return ok && string(w.Value) == string(id)
}
