//go:build aws

package stepfunctions

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/apiq/apiq/shared/awsenv"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/enginetest"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// The suite on a real account: APIQ_AWS_STATES_ROLE may invoke the functions and
// write to APIQ_AWS_STATES_LOG_GROUP (an ARN); APIQ_AWS_STATES_ECHO is the ARN of a
// function that answers its payload, APIQ_AWS_STATES_FAIL of one that fails with
// errorType Http.500. State machines apiq-it-… are left behind.
func TestConformanceAWS(t *testing.T) {
	need := func(name string) string {
		v := os.Getenv(name)
		if v == "" {
			t.Fatalf("%s must be set", name)
		}
		return v
	}
	role, group := need("APIQ_AWS_STATES_ROLE"), need("APIQ_AWS_STATES_LOG_GROUP")
	functions := map[string]string{"echo": need("APIQ_AWS_STATES_ECHO"), "fail": need("APIQ_AWS_STATES_FAIL")}
	env, err := awsenv.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T, express bool) *enginetest.System {
		db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "apiq.db"), &sqlite.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		reopen := func() execution.Engine {
			e, err := New(NewClient(env.AWS(), nil), table.New(db, nil), Options{Prefix: "apiq-it", RoleARN: role, LogGroupARN: group, Functions: functions})
			if err != nil {
				t.Fatal(err)
			}
			if !express {
				return e
			}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				tail(ctx, t, e, cloudwatchlogs.NewFromConfig(env.AWS()), group)
			}()
			t.Cleanup(func() { stop(); <-done })
			return allBrief{e}
		}
		return &enginetest.System{Engine: reopen(), Reopen: reopen}
	}
	const unseen = "needs a function whose calls the test sees, in its own process"
	lacks := map[string]string{}
	for _, name := range []string{"StartTwice", "RetryAndCatch", "TokenTenants", "TaskTimeout", "TokenSucceeds", "TokenFails", "StopWhileWaiting",
		"Heartbeat", "HeartbeatMissed", "StopDuringTask", "Redrive", "RedriveMap", "CrashDuringTask", "CrashWhileWaiting", "CrashKeepsEvaluated"} {
		lacks[name] = unseen
	}
	for name, express := range map[string]bool{"standard": false, "express": true} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, enginetest.Harness{Lacks: lacks, Patience: 2 * time.Minute,
				Open: func(t *testing.T, _ enginetest.Handlers) *enginetest.System { return open(t, express) }})
		})
	}
}

type allBrief struct{ *Engine }

func (b allBrief) Start(ctx context.Context, in execution.StartInput) error {
	in.Brief = true
	return b.Engine.Start(ctx, in)
}

// tail is the log's subscription, by looking.
func tail(ctx context.Context, t *testing.T, e *Engine, logs *cloudwatchlogs.Client, groupARN string) {
	group := strings.TrimSuffix(groupARN, ":*")
	group = group[strings.LastIndexByte(group, ':')+1:]
	since := time.Now().Add(-time.Minute)
	for pause(ctx, 5) == nil { // about a second
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: aws.String(group), StartTime: aws.Int64(since.UnixMilli())})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				if ctx.Err() == nil {
					t.Errorf("logs: %v", err)
				}
				return
			}
			var events []LogEvent
			for _, one := range page.Events {
				if event, ok := parseEvent(aws.ToString(one.Message)); ok {
					events = append(events, event)
				}
			}
			if _, err := e.TakeIn(ctx, events); err != nil && ctx.Err() == nil {
				t.Errorf("TakeIn: %v", err)
			}
		}
	}
}
