package step

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/stepfunctions"
)

// unless lets a task go on only while its run has not been stopped: an express
// execution cannot be stopped itself. It notes whether the run is one.
func unless(engine *stepfunctions.Engine, next execution.Handler) execution.Handler {
	return func(ctx context.Context, t execution.Task) (json.RawMessage, error) {
		express, stopped, err := engine.Express(ctx, t.Run)
		if err != nil {
			return nil, err
		}
		if stopped {
			return nil, &execution.TaskError{Name: "Run.Cancelled", Cause: "cancelled by a person"}
		}
		return next(context.WithValue(ctx, briefKey{}, express), t)
	}
}

type briefKey struct{}

// lasting tells a run's log of attempts, unless the run is brief: it is over before
// anybody could follow its attempts, and four writes a request would be a third of
// what it costs. Its journal has them.
type lasting struct{ sink call.Sink }

func (l lasting) AttemptStarted(ctx context.Context, execution, step, path string, attempt int, at time.Time) {
	if brief, _ := ctx.Value(briefKey{}).(bool); !brief {
		l.sink.AttemptStarted(ctx, execution, step, path, attempt, at)
	}
}

func (l lasting) AttemptEnded(ctx context.Context, execution, step, path string, attempt int, at time.Time, status int, errorName string) {
	if brief, _ := ctx.Value(briefKey{}).(bool); !brief {
		l.sink.AttemptEnded(ctx, execution, step, path, attempt, at, status, errorName)
	}
}
