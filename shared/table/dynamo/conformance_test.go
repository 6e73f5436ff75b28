package dynamo_test

import (
	"testing"

	stand "github.com/apiq/apiq/infra/awstest/dynamodb"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/tabletest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	endpoint := stand.Start(t)
	name := stand.Table(t, endpoint)
	client := stand.Client(endpoint)
	tabletest.Run(t, tabletest.Harness{Open: func(t *testing.T) table.Driver { return open(t, dynamo.New(client, name, nil)) }})
}

// open closes a driver when its test ends.
func open(t testing.TB, db *dynamo.DB) *dynamo.DB {
	t.Helper()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
