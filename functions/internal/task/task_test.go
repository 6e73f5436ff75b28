package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/tenant"
)

func quiet() *base.Base { return &base.Base{Log: slog.New(slog.DiscardHandler)} }

// TestWorkspace: a task works in the workspace that its definition names, for the
// system; the system's own records are no workspace that a definition can name.
func TestWorkspace(t *testing.T) {
	t.Parallel()
	called := 0
	h := handler(quiet(), func(ctx context.Context, task execution.Task) (json.RawMessage, error) {
		called++
		w, err := tenant.From(ctx)
		if err != nil || w != "wsp_1" || task.Run != "exe_1" || task.Token != "tok" || tenant.ActorFrom(ctx).ID != "system" || audit.Committed(ctx) {
			t.Errorf("%q %v %+v", w, err, task)
		}
		return json.RawMessage("1"), nil
	})
	out, err := h(t.Context(), json.RawMessage(`{"workspace":"wsp_1","execution":"exe_1","token":"tok"}`))
	if err != nil || string(out) != "1" {
		t.Errorf("%s %v", out, err)
	}
	for _, payload := range []string{``, `[]`, `{}`, `{"workspace":"wsp_1"}`, `{"execution":"exe_1"}`, `{"workspace":"_system","execution":"exe_1"}`} {
		_, err := h(t.Context(), json.RawMessage(payload))
		var refused *lambda.Fault
		if !errors.As(err, &refused) || refused.Name != "States.Runtime" {
			t.Errorf("%s: %v", payload, err)
		}
	}
	if called != 1 {
		t.Errorf("called %d times", called)
	}
}

// TestNames: what the step may handle keeps its name; what is ours to mend is tried
// again and tells nothing.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want lambda.Fault
	}{
		"the step's": {fmt.Errorf("call: %w", &execution.TaskError{Name: "Http.404", Cause: "not there"}), lambda.Fault{Name: "Http.404", Cause: "not there"}},
		"ours":       {errors.New("dynamo: a secret thing"), lambda.Fault{Name: execution.ErrorUnavailable, Cause: "a part of the service did not answer"}},
	} {
		h := handler(quiet(), func(context.Context, execution.Task) (json.RawMessage, error) { return nil, c.err })
		_, err := h(t.Context(), json.RawMessage(`{"workspace":"wsp_1","execution":"exe_1"}`))
		var got *lambda.Fault
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestQuestion: one function keeps both questions, and tells them apart by what is
// asked about.
func TestQuestion(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{`{"message":"?"}`: execution.FunctionApproval, `{"operation":"createOrder"}`: execution.FunctionUnknown} {
		ask := Question(func(_ context.Context, task execution.Task) (json.RawMessage, error) {
			if task.Function != want {
				t.Errorf("%s: %s", payload, task.Function)
			}
			return nil, nil
		})
		if _, err := ask(t.Context(), execution.Task{Payload: json.RawMessage(payload)}); err != nil {
			t.Error(err)
		}
	}
}
