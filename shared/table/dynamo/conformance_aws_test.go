//go:build aws

package dynamo_test

import (
	"os"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
	"github.com/apiq/apiq/shared/table/tabletest"
)

// TestConformanceAWS runs the suite against a real table, which must exist in the
// shape of package schema, with time to live on: APIQ_AWS_TABLE names it, the region
// and the credentials come from the environment. The suite leaves its items there,
// under workspaces that nobody else has; give it a table of its own.
func TestConformanceAWS(t *testing.T) {
	t.Parallel()
	name := os.Getenv("APIQ_AWS_TABLE")
	if name == "" {
		t.Fatal("APIQ_AWS_TABLE must name the table")
	}
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := dynamo.NewClient(env.AWS(), awsenv.Endpoint(env.EndpointDynamoDB))
	tabletest.Run(t, tabletest.Harness{
		Open:     func(t *testing.T) table.Driver { return open(t, dynamo.New(client, name, nil)) },
		IndexLag: 10 * time.Second,
	})
}
