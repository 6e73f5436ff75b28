// Package base is what every function with records is made of: environment, log,
// the table, the keys, the trail. It names the adapters of table and secret, and
// no other.
package base

import (
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/secret/kms"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/dynamo"
)

// Base is the records' part of the AWS home.
type Base struct {
	Env    awsenv.Env
	Log    *slog.Logger
	AWS    aws.Config
	Store  *table.Store
	Sealer *secret.Envelope
	Trail  *audit.Trail
	Quotas *quota.Keeper
}

// Open puts the base together; it calls no service.
func Open() (*Base, error) {
	e, err := awsenv.Load(nil)
	if err != nil {
		return nil, err
	}
	log, err := boot.Logger(os.Stdout, e.LogLevel)
	if err != nil {
		return nil, err
	}
	if err := awsenv.Require("APIQ_TABLE", e.Table); err != nil {
		return nil, err
	}
	plan, err := quota.Parse(e.Quotas)
	if err != nil {
		return nil, err
	}
	cfg := e.AWS()
	store := table.New(dynamo.New(dynamo.NewClient(cfg, awsenv.Endpoint(e.EndpointDynamoDB)), e.Table, nil), nil)
	// Without a key nothing that is sealed opens: for functions that need no secret.
	sealer := secret.NewEnvelope(store, kms.New(kms.NewClient(cfg, awsenv.Endpoint(e.EndpointKMS)), e.Key, nil), nil)
	return &Base{Env: e, Log: log.With("function", e.Function), AWS: cfg, Store: store, Sealer: sealer, Trail: audit.New(store, nil), Quotas: quota.New(store, plan, &quota.Options{Log: log})}, nil
}

// Main runs a function that is made of a Base; it does not return.
func Main(build func(*Base) (lambda.Handler, error)) {
	lambda.Main(func() (lambda.Handler, error) {
		b, err := Open()
		if err != nil {
			return nil, err
		}
		return build(b)
	})
}
