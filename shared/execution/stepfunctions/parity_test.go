package stepfunctions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/infra/awstest/states"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/table/sqlite"
)

// TestHistoryParity: an event is the same to the domain whichever engine gives it.
func TestHistoryParity(t *testing.T) {
	t.Parallel()
	handlers := newFunctions(map[string]execution.Handler{"fail": func(context.Context, execution.Task) (json.RawMessage, error) {
		return nil, &execution.TaskError{Name: "Http.404", Cause: "not there"}
	}}).all
	in := input(false)
	in.Definition = definition(
		"Call", callState("echo", `"TimeoutSeconds":30,"Assign":{"n":"{% $states.result.Payload.n %}"},"Next":"Pick"`),
		"Pick", `{"Type":"Choice","Choices":[{"Condition":"{% $n = 1 %}","Next":"Both"}],"Default":"Never"}`,
		"Never", `{"Type":"Fail","Error":"Never"}`,
		"Both", `{"Type":"Parallel","Branches":[{"StartAt":"Soon","States":{"Soon":{"Type":"Wait","Seconds":0,"End":true}}}],"Next":"Each"}`,
		"Each", `{"Type":"Map","Items":[1],"MaxConcurrency":1,"ItemProcessor":{"StartAt":"Say","States":{"Say":{"Type":"Pass","End":true}}},"Next":"Fails"}`,
		"Fails", callState("fail", `"Catch":[{"ErrorEquals":["Http.404"],"Next":"Bad"}],"Next":"Never"`),
		"Bad", `{"Type":"Pass","Output":"{% $states.input.missing %}","Next":"Never"}`,
	)
	in.Input = json.RawMessage(`{"n":1}`)
	want := onOneMachine(t, handlers, in)
	if len(want) < 25 || want[len(want)-1].Type != "ExecutionFailed" {
		t.Fatalf("%d events", len(want))
	}
	for _, brief := range []bool{false, true} {
		t.Run(fmt.Sprintf("brief %v", brief), func(t *testing.T) {
			t.Parallel()
			h := open(t, handlers, setting{server: states.Options{}})
			ctx := within(t.Context(), workspace)
			in.Brief = brief
			if err := h.Start(ctx, in); err != nil {
				t.Fatal(err)
			}
			h.ended(t, ctx)
			got, err := h.History(ctx, runName, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(comparable(t, want), comparable(t, got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func onOneMachine(t *testing.T, handlers map[string]execution.Handler, in execution.StartInput) []execution.HistoryEvent {
	t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "apiq.db"), &sqlite.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := local.New(table.New(db, nil), handlers, &local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(running) }()
	t.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	ctx := within(t.Context(), workspace)
	if err := e.Start(ctx, in); err != nil {
		t.Fatal(err)
	}
	until(t, "the run ends", func() bool {
		run, err := e.Describe(ctx, in.Name)
		return err == nil && run.Status != execution.RunRunning
	})
	events, err := e.History(ctx, in.Name, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// comparable leaves out what two homes cannot have alike: times, names of functions,
// and the envelope of lambda:invoke beside its Payload.
func comparable(t *testing.T, events []execution.HistoryEvent) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, e := range events {
		d := map[string]any{}
		if len(e.Details) > 0 {
			if err := json.Unmarshal(e.Details, &d); err != nil {
				t.Fatal(err)
			}
		}
		if text, ok := d["output"].(string); ok && e.Type == "TaskSucceeded" {
			var envelope map[string]any
			if err := json.Unmarshal([]byte(text), &envelope); err != nil {
				t.Fatal(err)
			}
			d["output"] = envelope["Payload"]
		}
		if text, ok := d["parameters"].(string); ok {
			var arguments map[string]any
			if err := json.Unmarshal([]byte(text), &arguments); err != nil {
				t.Fatal(err)
			}
			d["parameters"] = arguments["Payload"]
		}
		// Within a machine, and so in a caught error, the cause is the engine's own words.
		for _, field := range []string{"input", "output"} {
			var caught struct{ Error string }
			if text, ok := d[field].(string); ok && json.Unmarshal([]byte(text), &caught) == nil && caught.Error != "" {
				d[field] = caught.Error
			}
		}
		out = append(out, map[string]any{"id": e.ID, "previous": e.PreviousID, "type": e.Type, "key": e.DetailsKey, "details": d, "timed": !e.Timestamp.IsZero()})
	}
	return out
}
