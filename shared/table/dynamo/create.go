package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/apiq/apiq/shared/table/dynamo/schema"
)

// CreateTableInput is the table under a name, paid by request. Time to live is
// switched on by a request of its own, which CDK makes; the driver works without.
func CreateTableInput(name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	define := func(pk, sk string) []types.KeySchemaElement {
		for _, attribute := range []string{pk, sk} {
			in.AttributeDefinitions = append(in.AttributeDefinitions,
				types.AttributeDefinition{AttributeName: &attribute, AttributeType: types.ScalarAttributeTypeS})
		}
		return []types.KeySchemaElement{{AttributeName: &pk, KeyType: types.KeyTypeHash}, {AttributeName: &sk, KeyType: types.KeyTypeRange}}
	}
	in.KeySchema = define(schema.PK, schema.SK)
	for _, index := range schema.Indexes() {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: &index.Name, KeySchema: define(index.PK, index.SK),
			Projection: &types.Projection{ProjectionType: types.ProjectionType(schema.Projection)},
		})
	}
	return in
}
