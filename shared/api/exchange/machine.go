package exchange

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

var (
	// functionName is what Lambda takes for a FunctionName: a name or an ARN, with an
	// alias or version (API reference, Invoke).
	functionName = regexp.MustCompile(`^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$`)
	workspaceID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// machine is the state machine for the functions that the request names.
func (h handlers) machine(ctx context.Context, flow workflow.Workflow, in *ExportIn) (json.RawMessage, error) {
	doc, err := workflow.Stored(flow.Definition)
	if err != nil {
		return nil, err
	}
	b := asl.Binding{Workspace: in.Workspace, WorkflowID: flow.ID, Version: flow.Version, Functions: map[string]string{}}
	given := map[string]string{"call": in.CallFunction, "unknown": in.UnknownFunction, "approval": in.ApprovalFunction, "workflow": in.WorkflowFunction}
	var problems []apierr.Problem
	for _, function := range asl.Placeholders() {
		name := given[function]
		switch {
		case name == "":
		case !functionName.MatchString(name):
			problems = append(problems, apierr.Problem{Path: "query." + function + "Function", Code: "format", Message: "The name or the ARN of a Lambda function."})
		default:
			b.Functions[function] = name
		}
	}
	if b.Workspace != "" && !workspaceID.MatchString(b.Workspace) {
		problems = append(problems, apierr.Problem{Path: "query.workspace", Code: "format", Message: "The id of a workspace."})
	}
	if len(problems) > 0 {
		return nil, apierr.New(apierr.ValidationFailed, "The state machine cannot be made for these functions.").With(problems...)
	}
	switch {
	case b.Workspace != "":
	case len(b.Functions) > 0:
		if b.Workspace, err = tenant.From(ctx); err != nil {
			return nil, err
		}
	default:
		b.Workspace = asl.PlaceholderWorkspace
	}
	return h.launcher.Handed(ctx, doc, b)
}
