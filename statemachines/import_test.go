package statemachines_test

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/statemachines"
)

const job = `{"workspace":"wsp_1","connection":"con_1","at":"2026-03-02T02:59:00.123Z","attempt":2}`

// imports is task-spec-import: importing and failing answer, or fail by name.
func imports(t *testing.T, importing, failing function) function {
	return func(payload map[string]any) (any, error) {
		call := strict[connection.ImportCall](t, payload)
		want := connection.ImportJob{Workspace: "wsp_1", Connection: "con_1", At: time.Date(2026, 3, 2, 2, 59, 0, 123e6, time.UTC), Attempt: 2}
		if call.ImportJob != want {
			t.Errorf("job %+v", call.ImportJob)
		}
		switch {
		case call.Op == "import" && call.Error == "" && call.Cause == "":
			return importing(payload)
		case call.Op == "fail" && call.Error != "":
			return failing(payload)
		}
		t.Errorf("call %+v", call)
		return nil, failed("Test.Call")
	}
}

func answers(v any) function { return func(map[string]any) (any, error) { return v, nil } }

func TestSpecImport(t *testing.T) {
	t.Parallel()
	active := answers(connection.ImportAnswer{Status: connection.StatusActive})
	never := func(map[string]any) (any, error) { t.Error("not to be called"); return nil, failed("Test.Never") }
	marked := answers(connection.ImportAnswer{Status: connection.StatusFailed})
	for name, c := range map[string]struct {
		importing, failing function
		status             asl.Status
		error, cause       string
		path               []string
		calls              int
		output             string
	}{
		"active":   {active, never, asl.Succeeded, "", "", []string{"Import", "Done"}, 1, `{"status":"ACTIVE"}`},
		"gone":     {answers(connection.ImportAnswer{}), never, asl.Succeeded, "", "", []string{"Import", "Done"}, 1, `{"status":""}`},
		"no good":  {marked, never, asl.Succeeded, "", "", []string{"Import", "Done"}, 1, `{"status":"FAILED"}`},
		"throttle": {fails(6, "Apiq.Unavailable", active), never, asl.Succeeded, "", "", []string{"Import", "Done"}, 7, `{"status":"ACTIVE"}`},
		"killed":   {fails(2, "Runtime.ExitError", active), never, asl.Succeeded, "", "", []string{"Import", "Done"}, 3, `{"status":"ACTIVE"}`},
		"killed for ever": {fails(9, "Lambda.Unknown", active), marked, asl.Failed, "Apiq.ImportFailed", "Lambda.Unknown: a cause of Lambda.Unknown",
			[]string{"Import", "GiveUp", "Failed"}, 4, ""},
		"out for ever": {fails(99, "Apiq.Unavailable", active), marked, asl.Failed, "Apiq.ImportFailed", "Apiq.Unavailable: a cause of Apiq.Unavailable",
			[]string{"Import", "GiveUp", "Failed"}, 8, ""},
		"unknown":  {fails(1, "Surprise", active), marked, asl.Failed, "Apiq.ImportFailed", "Surprise: a cause of Surprise", []string{"Import", "GiveUp", "Failed"}, 2, ""},
		"not told": {fails(1, "Surprise", active), fails(99, "Apiq.Unavailable", marked), asl.Failed, "Apiq.ImportLost", "Surprise: a cause of Surprise", []string{"Import", "GiveUp", "NotTold"}, 8, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := play(t, statemachines.SpecImport, job, imports(t, c.importing, c.failing))
			e.want(t, c.status, c.error, c.path...)
			if e.cause != c.cause || e.calls != c.calls {
				t.Errorf("%d calls, cause %q", e.calls, e.cause)
			}
			if c.output != "" {
				e.wantOutput(t, c.output)
			}
		})
	}
}
