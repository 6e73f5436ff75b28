// Package launch holds the handlers that compile stored workflows: to run them,
// and to hand their state machine out.
package launch

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Endpoints binds the routes of this area.
func Endpoints(flows *workflow.Service, launcher *launch.Launcher) []web.Endpoint {
	h := handlers{flows: flows, launcher: launcher}
	return []web.Endpoint{
		web.Bind("workflows-execute", http.StatusAccepted, h.execute),
		web.BindRaw("workflows-export", "application/json", h.export),
	}
}

type handlers struct {
	flows    *workflow.Service
	launcher *launch.Launcher
}

// ExecuteIn starts a run.
type ExecuteIn struct {
	ID   string `path:"id"`
	Body struct {
		Input   json.RawMessage `json:"input,omitempty"`
		Version int64           `json:"version,omitempty" jsonschema:"minimum=1"`
	}
}

// ExportIn names the format.
type ExportIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"apiq,asl"`
}

// Started names the run.
type Started struct {
	ExecutionID string `json:"executionId"`
}

func (h handlers) execute(ctx context.Context, in *ExecuteIn) (*web.Reply[Started], error) {
	run, err := h.launcher.Run(ctx, in.ID, in.Body.Version, in.Body.Input)
	if err != nil {
		return nil, err
	}
	return web.Accepted(Started{ExecutionID: run.ID})
}

func (h handlers) export(w http.ResponseWriter, r *http.Request, in *ExportIn) error {
	flow, err := h.flows.Get(r.Context(), in.ID)
	if err != nil {
		return err
	}
	out := flow.Definition
	switch in.Format {
	case "", "apiq":
	case "asl":
		doc, err := workflow.Stored(flow.Definition)
		if err != nil {
			return err
		}
		program, err := h.launcher.Compile(r.Context(), doc, flow.ID, flow.Version)
		if err != nil {
			return err
		}
		out = program.Definition
	default:
		return apierr.New(apierr.ValidationFailed, "format must be apiq or asl.").
			With(apierr.Problem{Path: "query.format", Code: "enum", Message: "apiq or asl."})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+flow.ID+`.json"`)
	_, _ = w.Write(out)
	return nil
}
