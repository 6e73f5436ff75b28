// Package runs opens runs and the engine that runs them.
package runs

import (
	"context"
	"time"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/trigger/news"
)

// maxWait is how long a poll of events may keep a function; clients poll again.
const maxWait = 2 * time.Second

// Runs are runs and their engine.
type Runs struct {
	Service *execution.Service
	Engine  *stepfunctions.Engine
}

// Open opens runs with their engine. t is told how they end.
func Open(b *base.Base, blobs *blob.Store, t *trigger.Service) (*Runs, error) {
	e := b.Env
	if err := awsenv.Require("APIQ_STATES_PREFIX", e.StatesPrefix); err != nil {
		return nil, err
	}
	service, err := execution.New(b.Store, blobs, b.Trail, &execution.Options{Gate: gate(b, blobs), MaxWait: maxWait, Follow: true, Announcer: news.New(t), Log: b.Log})
	if err != nil {
		return nil, err
	}
	engine, err := stepfunctions.New(stepfunctions.NewClient(b.AWS, awsenv.Endpoint(e.EndpointStates)), b.Store, stepfunctions.Options{
		Prefix: e.StatesPrefix, RoleARN: e.StatesRole, LogGroupARN: e.StatesLogGroup, Functions: map[string]string{
			execution.FunctionCall: e.FunctionCall, execution.FunctionApproval: e.FunctionApproval,
			execution.FunctionUnknown: e.FunctionApproval, execution.FunctionWorkflow: e.FunctionWorkflow,
		}})
	if err != nil {
		return nil, err
	}
	service.Use(engine, call.JournalView{Ledger: call.NewLedger(b.Store, blobs)})
	return &Runs{Service: service, Engine: engine}, nil
}

// gate refuses runs of a workspace that waits for its deletion, has had those of its day,
// or has no storage left.
func gate(b *base.Base, objects *blob.Store) func(context.Context) error {
	people, quotas := identity.NewDirectory(b.Store), b.Quotas.Counting(objects)
	return func(ctx context.Context) error {
		if err := people.Open(ctx); err != nil {
			return err
		}
		return quotas.TakeRun(ctx)
	}
}
