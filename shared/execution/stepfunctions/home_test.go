package stepfunctions_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// home is an engine with a Step Functions of its own.
type home struct {
	*stepfunctions.Engine
	server *states.Server
	store  *table.Store
	client *sfn.Client
	opts   stepfunctions.Options

	mu   sync.Mutex
	refs []stepfunctions.Ref // that logs told of
}

// setting is what a test wants otherwise.
type setting struct {
	server  states.Options
	options stepfunctions.Options
	// refuse makes the call function ask Stopped first, as the product's does.
	refuse bool
}

const lambdaARN = "arn:aws:lambda:eu-central-1:123456789012:function:"

func open(t *testing.T, handlers map[string]execution.Handler, set setting) *home {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "apiq.db"), &sqlite.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h := &home{store: table.New(db, nil)}
	set.server.Invoke = func(ctx context.Context, arn string, payload []byte) ([]byte, *states.Fault) {
		return h.invoke(ctx, handlers, set.refuse, arn, payload)
	}
	if set.server.OnLog == nil {
		set.server.OnLog = h.takeIn
	}
	if h.server, err = states.New(set.server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.server.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	h.client = sfn.New(sfn.Options{
		Region: h.server.Region(), BaseEndpoint: aws.String(h.server.URL()),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 3, 10*time.Millisecond, ratelimit.None
		}),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	h.opts = set.options
	h.opts.Prefix, h.opts.RoleARN, h.opts.LogGroupARN = "apiq-test", h.server.RoleARN(), h.server.LogGroupARN()
	h.opts.Functions, h.opts.Log = map[string]string{}, slog.New(slog.DiscardHandler)
	for name := range handlers {
		h.opts.Functions[name] = lambdaARN + name + ":live"
	}
	h.reopen(t)
	return h
}

// reopen makes the engine of another process.
func (h *home) reopen(t *testing.T) {
	t.Helper()
	e, err := stepfunctions.New(h.client, h.store, h.opts)
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Engine = e
}

func (h *home) engine() *stepfunctions.Engine {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Engine
}

// invoke is Lambda with the functions of a test.
func (h *home) invoke(ctx context.Context, handlers map[string]execution.Handler, refuse bool, arn string, payload []byte) ([]byte, *states.Fault) {
	name := strings.TrimSuffix(strings.TrimPrefix(arn, lambdaARN), ":live")
	handler := handlers[name]
	if handler == nil {
		return nil, &states.Fault{Type: "Lambda.ResourceNotFoundException", Message: arn}
	}
	var in struct{ Token, Workspace, Execution string }
	_ = json.Unmarshal(payload, &in) // a payload of another shape has none of these
	if refuse && in.Workspace != "" {
		_, stopped, err := h.engine().Express(within(ctx, in.Workspace), in.Execution)
		if err != nil || stopped {
			return nil, &states.Fault{Type: "Run.Cancelled", Message: "the run was stopped"}
		}
	}
	out, err := handler(ctx, execution.Task{Function: name, Payload: payload, Token: in.Token})
	var named *execution.TaskError
	switch {
	case errors.As(err, &named):
		return nil, &states.Fault{Type: named.Name, Message: named.Cause}
	case err != nil:
		return nil, &states.Fault{Message: err.Error()}
	case out == nil:
		out = json.RawMessage("null")
	}
	return out, nil
}

// takeIn is the function that the log's subscription calls.
func (h *home) takeIn(ctx context.Context, payload json.RawMessage) error {
	events, skipped, err := stepfunctions.ParseLogs(payload)
	if err != nil || skipped > 0 {
		return errors.Join(err, errors.New("skipped"))
	}
	refs, err := h.engine().TakeIn(ctx, events)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refs = append(h.refs, refs...)
	return err
}
