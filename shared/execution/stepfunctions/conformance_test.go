package stepfunctions_test

import (
	"context"
	"testing"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/enginetest"
	"github.com/apiq/apiq/shared/tenant"
)

func within(ctx context.Context, workspace string) context.Context {
	return tenant.With(ctx, workspace)
}

func TestStandard(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, enginetest.Harness{
		Open: func(t *testing.T, handlers enginetest.Handlers) *enginetest.System {
			h := open(t, handlers, setting{})
			return &enginetest.System{Engine: h.Engine, Reopen: func() execution.Engine {
				h.reopen(t)
				return h.Engine
			}}
		},
		Lacks: map[string]string{
			"CrashDuringTask": "no process of ours runs the machine: a function that dies is an error, which the definition's Retry answers (TestFunctionDies)",
		},
	})
}

// brief is an engine all of whose runs are brief.
type brief struct{ execution.Engine }

func (b brief) Start(ctx context.Context, in execution.StartInput) error {
	in.Brief = true
	return b.Engine.Start(ctx, in)
}

func TestExpress(t *testing.T) {
	t.Parallel()
	const (
		token   = "express executions wait for no token: a program that asks for one is not brief"
		redrive = "a redriven express run goes on from its first state, finished steps being answered by the journal of calls (TestRedriveExpress)"
	)
	enginetest.Run(t, enginetest.Harness{
		Open: func(t *testing.T, handlers enginetest.Handlers) *enginetest.System {
			h := open(t, handlers, setting{})
			return &enginetest.System{Engine: brief{h.Engine}, Reopen: func() execution.Engine {
				h.reopen(t)
				return brief{h.Engine}
			}}
		},
		Lacks: map[string]string{
			"TokenTenants": token, "TaskTimeout": token, "TokenSucceeds": token, "TokenFails": token, "StopWhileWaiting": token,
			"Heartbeat": token, "HeartbeatMissed": token,
			"CrashWhileWaiting": token, "CrashKeepsEvaluated": token,
			"Redrive": redrive, "RedriveMap": redrive,
			"CrashDuringTask": "no process of ours runs the machine (TestFunctionDies)",
			"StopDuringTask":  "the execution goes on; the call function refuses what follows (TestStopExpress)",
		},
	})
}
