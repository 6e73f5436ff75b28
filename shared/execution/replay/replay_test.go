package replay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/execution/replay"
)

// TestRecordedCorpus replays what AWS recorded: every case that is JSONata only
// must be equal.
func TestRecordedCorpus(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("set DATA to the folder that holds asl/aws-recorded.json")
	}
	results, sum, err := replay.Run(t.Context(), filepath.Join(data, "asl", "aws-recorded.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		switch {
		case r.Verdict == replay.Differs:
			t.Errorf("%s: %s", r.ID, r.Why)
		case r.Why != "":
			t.Logf("%s: %s: %s", r.Verdict, r.ID, r.Why)
		}
	}
	var out strings.Builder
	if err := replay.Print(&out, results, sum); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(results)+1 {
		t.Errorf("printed %d lines for %d cases", len(lines), len(results))
	}
	t.Log(lines[len(lines)-1])
	t.Log(sum.Details)
	if sum.Causes == 0 || sum.SameCauses*100 < sum.Causes*95 {
		t.Errorf("of %d causes %d are worded as AWS does, want 95 %%", sum.Causes, sum.SameCauses)
	}
	if sum.SameLinks != sum.Links {
		t.Errorf("of %d events %d follow the event that AWS recorded", sum.Links, sum.SameLinks)
	}
}

const recorded = `{"id":"a","definition":{"QueryLanguage":"JSONata","StartAt":"Both","States":{"Both":{"Type":"Parallel","Branches":[
  {"StartAt":"A","States":{"A":{"Type":"Pass","Output":1,"End":true}}},{"StartAt":"B","States":{"B":{"Type":"Pass","Output":"{% $uuid() %}","End":true}}}],"End":true}}},
 "input":{},"final":"ExecutionSucceeded","events":[
 {"id":1,"previousEventId":0,"type":"ExecutionStarted","executionStartedEventDetails":{"input":{}}},
 {"id":2,"previousEventId":0,"type":"ParallelStateEntered","stateEnteredEventDetails":{"name":"Both","input":{}}},
 {"id":3,"previousEventId":2,"type":"ParallelStateStarted"},
 {"id":4,"previousEventId":3,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"B","input":{}}},
 {"id":5,"previousEventId":3,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"A","input":{}}},
 {"id":6,"previousEventId":5,"type":"PassStateExited","stateExitedEventDetails":{"name":"A","output":"1"}},
 {"id":7,"previousEventId":4,"type":"PassStateExited","stateExitedEventDetails":{"name":"B","output":"\"<uuid:1>\""}},
 {"id":8,"previousEventId":7,"type":"ParallelStateSucceeded"},
 {"id":9,"previousEventId":7,"type":"ParallelStateExited","stateExitedEventDetails":{"name":"Both","output":"[1,\"<uuid:1>\"]"}},
 {"id":10,"previousEventId":9,"type":"ExecutionSucceeded","executionSucceededEventDetails":{"output":"[1,\"<uuid:1>\"]"}}]}`

// TestMasked: what a recording masks may be anything of its kind.
func TestMasked(t *testing.T) {
	t.Parallel()
	const masked = `[{"id":"m","definition":{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":{
	  "id":"{% $states.context.Execution.Id %}","at":"{% $states.context.State.EnteredTime %}","machine":"{% $states.context.StateMachine.Name %}"},"End":true}}},
	 "input":{},"final":"ExecutionSucceeded","events":[
	 {"id":1,"previousEventId":0,"type":"ExecutionStarted","executionStartedEventDetails":{"input":{}}},
	 {"id":2,"previousEventId":0,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"A","input":{}}},
	 {"id":3,"previousEventId":2,"type":"PassStateExited","stateExitedEventDetails":{"name":"A","output":OUT}},
	 {"id":4,"previousEventId":3,"type":"ExecutionSucceeded","executionSucceededEventDetails":{"output":OUT}}]}]`
	for out, want := range map[string]replay.Verdict{
		`{"id":"arn:<partition>:states:<region>:111111111111:execution:<ArnPart_0idx>:<ExecArnPart_0idx>","at":"timestamp","machine":"<ArnPart_0idx>"}`: replay.OK,
		`{"id":"arn:<partition>:states:<region>:111111111111:execution:<ArnPart_0idx>:<ExecArnPart_0idx>","at":"date","machine":"another"}`:             replay.Differs,
		`{"id":"timestamp","at":"timestamp","machine":"<ArnPart_0idx>"}`:                                                                                replay.Differs,
	} {
		file := filepath.Join(t.TempDir(), "cases.json")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(masked, "OUT", out)), 0o600); err != nil {
			t.Fatal(err)
		}
		results, _, err := replay.Run(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if r := results[0]; r.Verdict != want {
			t.Errorf("%s: got %s: %s", out, r.Verdict, r.Why)
		}
	}
}

// TestVerdicts: a recording that races is followed, and each part that differs is told.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     replay.Verdict
		why      string
	}{
		"equal":           {"", "", replay.OK, ""},
		"output":          {`"output":"[1,\"<uuid:1>\"]"}}]`, `"output":"[2,\"<uuid:1>\"]"}}]`, replay.Differs, "output is"},
		"state's output":  {`"name":"A","output":"1"`, `"name":"A","output":"2"`, replay.Differs, "event 6"},
		"state's input":   {`"name":"B","input":{}`, `"name":"B","input":{"x":1}`, replay.Differs, "event 4"},
		"type of event":   {`"type":"ParallelStateSucceeded"`, `"type":"ParallelStateFailed"`, replay.Differs, "event 8 is ParallelStateSucceeded, want ParallelStateFailed"},
		"final":           {`"final":"ExecutionSucceeded"`, `"final":"ExecutionFailed"`, replay.Differs, "ends with"},
		"JSONPath":        {`"Type":"Pass","Output":1`, `"Type":"Pass","QueryLanguage":"JSONPath"`, replay.NotSupported, "JSONPath"},
		"follows another": {`"id":7,"previousEventId":4`, `"id":7,"previousEventId":5`, replay.OK, "event 7 PassStateExited follows event 4, by AWS event 5"},
		"bad definition":  {`"StartAt":"Both"`, `"StartAt":"None"`, replay.Differs, "/StartAt"},
		"recording short": {`{"id":10,"previousEventId":9,"type":"ExecutionSucceeded","executionSucceededEventDetails":{"output":"[1,\"<uuid:1>\"]"}}`, `{"id":10,"previousEventId":9,"type":"TaskStateEntered"}`, replay.Differs, "event 10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "cases.json")
			text := recorded
			if c.old != "" {
				if text = strings.Replace(recorded, c.old, c.new, 1); text == recorded {
					t.Fatal("nothing was changed")
				}
			}
			if err := os.WriteFile(file, []byte("["+text+"]"), 0o600); err != nil {
				t.Fatal(err)
			}
			results, _, err := replay.Run(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if r := results[0]; r.Verdict != c.want || !strings.Contains(r.Why, c.why) {
				t.Errorf("got %s: %s, want %s: %s", r.Verdict, r.Why, c.want, c.why)
			}
		})
	}
}

// TestCauses: another wording is told and counted, and decides nothing.
func TestCauses(t *testing.T) {
	t.Parallel()
	const failed = `[{"id":"f","definition":{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":"{% $nobody %}","End":true}}},
	 "input":{},"final":"ExecutionFailed","events":[
	 {"id":1,"previousEventId":0,"type":"ExecutionStarted","executionStartedEventDetails":{"input":{}}},
	 {"id":2,"previousEventId":0,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"A","input":{}}},
	 {"id":3,"previousEventId":0,"type":"EvaluationFailed","evaluationFailedEventDetails":{"error":"States.QueryEvaluationError","location":"Output","state":"A",
	  "cause":"An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$nobody' specified for the field 'Output' returned nothing (undefined)."}},
	 {"id":4,"previousEventId":3,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"States.QueryEvaluationError","cause":"CAUSE"}}]}]`
	file := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(file, []byte(strings.Replace(failed, "CAUSE", "in other words", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	results, sum, err := replay.Run(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if want := (replay.Details{Causes: 2, SameCauses: 1, Links: 4, SameLinks: 4}); sum.Details != want || sum.Passed != 1 {
		t.Errorf("counted %+v, want %+v", sum, want)
	}
	if r := results[0]; !strings.Contains(r.Why, "the cause of event 4 ExecutionFailed") {
		t.Errorf("told %q", r.Why)
	}
}
