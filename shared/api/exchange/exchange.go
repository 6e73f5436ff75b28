// Package exchange holds the handlers that hand workflows out in other formats and
// take them in.
package exchange

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/arazzo"
)

// Endpoints binds the routes of this area. The launcher compiles; it is not needed
// to import.
func Endpoints(flows *workflow.Service, launcher *launch.Launcher, apis arazzo.APIs) []web.Endpoint {
	h := handlers{flows: flows, launcher: launcher, apis: apis}
	return []web.Endpoint{
		web.BindRaw("workflows-export", "application/json", h.export),
		web.Bind("workflows-import", http.StatusCreated, h.imported),
	}
}

type handlers struct {
	flows    *workflow.Service
	launcher *launch.Launcher
	apis     arazzo.APIs
}

// The formats.
const (
	formatAPIQ   = "apiq"
	formatArazzo = "arazzo"
	formatASL    = "asl"
)

// ExportIn names the format. The rest is for asl: the functions and the workspace
// that the state machine is for.
type ExportIn struct {
	ID               string `path:"id"`
	Format           string `query:"format" enum:"apiq,arazzo,asl"`
	CallFunction     string `query:"callFunction" doc:"Name or ARN of the function task-call, for format=asl. Without one the placeholder ${call} stands in the definition."`
	UnknownFunction  string `query:"unknownFunction" doc:"Of task-unknown; else ${unknown}."`
	ApprovalFunction string `query:"approvalFunction" doc:"Of task-approval; else ${approval}."`
	WorkflowFunction string `query:"workflowFunction" doc:"Of task-workflow; else ${workflow}."`
	Workspace        string `query:"workspace" doc:"The workspace that its runs are of; else ${workspace}, or yours where a function is named."`
}

func (h handlers) export(w http.ResponseWriter, r *http.Request, in *ExportIn) error {
	flow, err := h.flows.Get(r.Context(), in.ID)
	if err != nil {
		return err
	}
	out, name := flow.Definition, flow.ID+".json"
	switch in.Format {
	case "", formatAPIQ:
	case formatArazzo:
		name = flow.ID + ".arazzo.json"
		out, err = h.arazzo(r.Context(), flow)
	case formatASL:
		out, err = h.machine(r.Context(), flow, in)
	default:
		return apierr.New(apierr.ValidationFailed, "format must be apiq, arazzo or asl.").
			With(apierr.Problem{Path: "query.format", Code: "enum", Message: "apiq, arazzo or asl."})
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(out)
	return nil
}

func (h handlers) arazzo(ctx context.Context, flow workflow.Workflow) (json.RawMessage, error) {
	doc, err := workflow.Stored(flow.Definition)
	if err != nil {
		return nil, err
	}
	return arazzo.Export(ctx, doc, h.apis, &arazzo.ExportOptions{Version: flow.LatestVersion})
}

// ImportIn is an exported workflow; it becomes a draft. The document is a JSON
// object, or, of an Arazzo description, a string with its YAML or JSON text.
type ImportIn struct {
	Body struct {
		Format   string          `json:"format,omitempty" jsonschema:"enum=apiq,enum=arazzo"`
		Name     *string         `json:"name,omitempty" jsonschema:"minLength=1,maxLength=200"`
		Document json.RawMessage `json:"document" jsonschema:"required"`
		// WorkflowID and Connections are for Arazzo: which of the description's workflows,
		// and the connection of each of its sources that is not found by itself.
		WorkflowID  string            `json:"workflowId,omitempty"`
		Connections map[string]string `json:"connections,omitempty"`
	}
}

// Imported is the draft, and what of the description has no effect in it.
type Imported struct {
	workflow.Workflow
	Notes []apierr.Problem `json:"notes,omitempty"`
}

func (h handlers) imported(ctx context.Context, in *ImportIn) (*web.Reply[Imported], error) {
	b := in.Body
	switch b.Format {
	case "":
		b.Format = formatAPIQ
		if arazzo.Is(b.Document) {
			b.Format = formatArazzo
		}
	case formatAPIQ, formatArazzo:
	default:
		return nil, apierr.New(apierr.ValidationFailed, "format must be apiq or arazzo.").
			With(apierr.Problem{Path: "/format", Code: "enum", Message: "apiq or arazzo."})
	}
	var notes []apierr.Problem
	definition := b.Document
	if b.Format == formatArazzo {
		made, err := arazzo.Import(ctx, arazzo.Text(b.Document), h.apis, &arazzo.ImportOptions{Workflow: b.WorkflowID, Connections: b.Connections})
		if err != nil {
			return nil, below(err)
		}
		if definition, err = workflow.Encode(made.Document); err != nil {
			return nil, err
		}
		notes = inDocument(made.Notes)
	}
	w, err := h.flows.Create(ctx, workflow.Input{Name: b.Name, Definition: definition})
	if err != nil {
		return nil, err
	}
	return web.Created(Imported{Workflow: w, Notes: notes}, w.Version)
}

// below puts the places of a fault where the description lies in the request.
func below(err error) error {
	e := apierr.From(err)
	if e.Code != apierr.WorkflowInvalid {
		return err
	}
	return apierr.New(e.Code, e.Detail).With(inDocument(e.Problems)...)
}

func inDocument(list []apierr.Problem) []apierr.Problem {
	out := make([]apierr.Problem, len(list))
	for i, p := range list {
		p.Path = "/document" + p.Path
		out[i] = p
	}
	return out
}
