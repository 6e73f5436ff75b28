// Package chat holds the handlers that turn a sentence into a plan, and a
// confirmed plan into a run.
package chat

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(plans *plan.Service, launcher *launch.Launcher) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("chat", http.StatusOK, func(ctx context.Context, in *ChatIn) (*web.Reply[plan.Plan], error) {
			p, err := plans.Draft(ctx, plan.Request{Message: in.Body.Message, Alternative: in.Body.Alternative, ConversationID: in.Body.ConversationID, Connections: in.Body.Connections})
			if err != nil {
				return nil, err
			}
			return web.OK(p)
		}),
		web.Bind("chat-execute", http.StatusAccepted, func(ctx context.Context, in *ExecuteIn) (*web.Reply[Started], error) {
			if !in.Body.Confirm {
				return nil, apierr.New(apierr.ValidationFailed, "Nothing runs without confirm: true.").
					With(apierr.Problem{Path: "/confirm", Code: "required", Message: "Must be true."})
			}
			confirmed, err := plans.Confirm(ctx, in.Body.PlanID, in.Body.Input, in.Body.ConfirmIrreversible)
			if err != nil {
				return nil, err
			}
			if in.Body.UndoOnFailure {
				if confirmed, err = plans.Undoing(ctx, confirmed); err != nil {
					return nil, err
				}
			}
			run, err := launcher.Confirmed(ctx, confirmed)
			if err != nil {
				return nil, err
			}
			return web.Accepted(Started{WorkflowID: run.WorkflowID, ExecutionID: run.ID})
		}),
	}
}
