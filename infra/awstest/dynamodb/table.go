package dynamodb

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/uuid"

	"github.com/apiq/apiq/shared/table/dynamo"
)

// Config is an AWS configuration that reaches nothing but what an endpoint names:
// made-up credentials, no file, no metadata service, no proxy.
func Config() aws.Config {
	return aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient: &http.Client{Transport: &http.Transport{
			Proxy:       nil,
			DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, MaxIdleConnsPerHost: 64, IdleConnTimeout: 10 * time.Second,
		}},
	}
}

// Client is a client of an endpoint: the server's or a Proxy's.
func Client(endpoint string) *dynamodb.Client { return dynamo.NewClient(Config(), &endpoint) }

// Table makes a fresh, empty table of the driver's shape, dropped when the test
// ends, and returns its name.
func Table(t testing.TB, endpoint string) string {
	t.Helper()
	client, name := Client(endpoint), "t-"+uuid.NewString()
	if _, err := client.CreateTable(t.Context(), dynamo.CreateTableInput(name)); err != nil {
		t.Fatalf("create table: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Errorf("drop table: %v", err)
		}
	})
	return name
}
