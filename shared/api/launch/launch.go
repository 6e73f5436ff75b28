// Package launch holds the handlers that run stored workflows.
package launch

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(launcher *launch.Launcher) []web.Endpoint {
	h := handlers{launcher: launcher}
	return []web.Endpoint{
		web.Bind("workflows-execute", http.StatusAccepted, h.execute),
		web.Bind("executions-replay", http.StatusAccepted, h.replay),
		web.Bind("executions-replay-all", http.StatusOK, h.replayAll),
	}
}

type handlers struct{ launcher *launch.Launcher }

// ExecuteIn starts a run.
type ExecuteIn struct {
	ID   string `path:"id"`
	Body struct {
		Input   json.RawMessage `json:"input,omitempty"`
		Version int64           `json:"version,omitempty" jsonschema:"minimum=1"`
	}
}

// Started names the run.
type Started struct {
	ExecutionID string `json:"executionId"`
}

func (h handlers) execute(ctx context.Context, in *ExecuteIn) (*web.Reply[Started], error) {
	return started(h.launcher.Run(ctx, in.ID, in.Body.Version, in.Body.Input))
}

// ReplayIn runs once more what a run ran: its input and version are the defaults.
type ReplayIn struct {
	ID   string `path:"id"`
	Body struct {
		Input   json.RawMessage `json:"input,omitempty"`
		Version int64           `json:"version,omitempty" jsonschema:"minimum=1"`
	}
}

func (h handlers) replay(ctx context.Context, in *ReplayIn) (*web.Reply[Started], error) {
	return started(h.launcher.Replay(ctx, in.ID, in.Body.Version, in.Body.Input))
}

// ReplayAllIn names the runs that are to be run again.
type ReplayAllIn struct {
	Body execution.Which
}

func (h handlers) replayAll(ctx context.Context, in *ReplayAllIn) (*web.Reply[execution.Many], error) {
	got, err := h.launcher.ReplayAll(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return web.OK(got)
}

func started(run execution.Execution, err error) (*web.Reply[Started], error) {
	if err != nil {
		return nil, err
	}
	return web.Accepted(Started{ExecutionID: run.ID})
}
