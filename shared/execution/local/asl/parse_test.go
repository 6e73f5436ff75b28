package asl_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/expr"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	machine := func(states string) string {
		return `{"QueryLanguage":"JSONata","StartAt":"A","States":{` + states + `}}`
	}
	for name, c := range map[string]struct{ definition, path string }{
		"not JSON":              {`{`, ""},
		"no start":              {`{"StartAt":"B","States":{}}`, "/StartAt"},
		"unknown type":          {machine(`"A":{"Type":"Loop","End":true}`), "/States/A/Type"},
		"next to nowhere":       {machine(`"A":{"Type":"Pass","Next":"B"}`), "/States/A/Next"},
		"no way out":            {machine(`"A":{"Type":"Pass"}`), "/States/A"},
		"two ways out":          {machine(`"A":{"Type":"Pass","Next":"A","End":true}`), "/States/A"},
		"bad expression":        {machine(`"A":{"Type":"Pass","Output":{"x":["{% $sum( %}"]},"End":true}`), "/States/A/Output/x/0"},
		"eval":                  {machine(`"A":{"Type":"Pass","Output":"{% $eval('1') %}","End":true}`), "/States/A/Output"},
		"JSONPath field":        {machine(`"A":{"Type":"Pass","Parameters":{},"End":true}`), "/States/A/Parameters"},
		"choice without choice": {machine(`"A":{"Type":"Choice","Choices":[]}`), "/States/A/Choices"},
		"choice to nowhere":     {machine(`"A":{"Type":"Choice","Choices":[{"Condition":true,"Next":"B"}]}`), "/States/A/Choices/0/Next"},
		"default to nowhere":    {machine(`"A":{"Type":"Choice","Choices":[{"Condition":true,"Next":"A"}],"Default":"B"}`), "/States/A/Default"},
		"task without resource": {machine(`"A":{"Type":"Task","End":true}`), "/States/A/Resource"},
		"wait for nothing":      {machine(`"A":{"Type":"Wait","End":true}`), "/States/A"},
		"map without processor": {machine(`"A":{"Type":"Map","End":true}`), "/States/A/ItemProcessor"},
		"no branches":           {machine(`"A":{"Type":"Parallel","End":true}`), "/States/A/Branches"},
		"fault in a branch":     {machine(`"A":{"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass"}}}],"End":true}`), "/States/A/Branches/0/States/B"},
		"retry of a pass":       {machine(`"A":{"Type":"Pass","Retry":[{"ErrorEquals":["E"]}],"End":true}`), "/States/A"},
		"retry of nothing":      {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{}],"End":true}`), "/States/A/Retry/0/ErrorEquals"},
		"backoff below one":     {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"BackoffRate":0.5}],"End":true}`), "/States/A/Retry/0/BackoffRate"},
		"unknown jitter":        {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"JitterStrategy":"SOME"}],"End":true}`), "/States/A/Retry/0/JitterStrategy"},
		"States.ALL not last":   {machine(`"A":{"Type":"Task","Resource":"r","Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"},{"ErrorEquals":["E"],"Next":"A"}],"End":true}`), "/States/A/Catch/0/ErrorEquals"},
		"catch to nowhere":      {machine(`"A":{"Type":"Task","Resource":"r","Catch":[{"ErrorEquals":["E"],"Next":"B"}],"End":true}`), "/States/A/Catch/0/Next"},
		"unknown language":      {`{"QueryLanguage":"SQL","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`, "/States/A/QueryLanguage"},
		"escaped name":          {machine(`"A":{"Type":"Pass","End":true},"a/b~c":{"Type":"Pass"}`), "/States/a~1b~0c"},
		"too long":              {machine(`"A":{"Type":"Pass","Comment":"` + strings.Repeat("x", asl.MaxDefinition) + `","End":true}`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := asl.Parse(json.RawMessage(c.definition), nil)
			var d *asl.DefinitionError
			if !errors.As(err, &d) {
				t.Fatalf("got %v, want a *DefinitionError", err)
			}
			if d.Problems[0].Path != c.path {
				t.Errorf("got %q (%s), want %q", d.Problems[0].Path, d.Problems[0].Message, c.path)
			}
		})
	}
}

func TestParseUnsupported(t *testing.T) {
	t.Parallel()
	for name, definition := range map[string]string{
		"JSONPath by default": `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1,"End":true}}}`,
		"JSONPath by name":    `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONPath","End":true}}}`,
		"distributed map":     `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}},"End":true}}}`,
	} {
		if _, err := asl.Parse(json.RawMessage(definition), nil); !errors.Is(err, asl.ErrUnsupported) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// A state that has no field of either language means the same in both.
	if _, err := asl.Parse(json.RawMessage(`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`), nil); err != nil {
		t.Errorf("bare Pass: %v", err)
	}
}

// FuzzParse: a definition from outside never panics, and one that is taken runs
// and restores to the same place.
func FuzzParse(f *testing.F) {
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Map","Items":[1,2],"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Output":"{% $states.input + 1 %}","End":true}}},"End":true}}}`)
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.x %}","Next":"B"}],"Default":"B"},"B":{"Type":"Fail","Error":"E"}}}`)
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1,"End":true}}},{"StartAt":"C","States":{"C":{"Type":"Fail"}}}],"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"D"}],"End":true},"D":{"Type":"Succeed"}}}`)
	f.Add(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"t":"{% $states.context.Task.Token %}"},"TimeoutSeconds":3,"HeartbeatSeconds":1,"Assign":{"x":1},"End":true}}}`)
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "workflow", "asl", "testdata", "*.golden.json"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var g struct{ Definition json.RawMessage }
		if json.Unmarshal(raw, &g) == nil {
			f.Add(string(g.Definition))
		}
	}
	f.Fuzz(func(t *testing.T, definition string) {
		m, err := asl.Parse(json.RawMessage(definition), &asl.Options{Expr: &expr.Options{MaxSteps: 10_000}})
		if err != nil {
			return
		}
		run := asl.NewRun(m, asl.Execution{Name: "fuzz"}, nil)
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		if err := run.Start(json.RawMessage(`{"x":true}`), now); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			moved, err := run.Step(t.Context(), now, nil)
			if err != nil {
				t.Fatal(err)
			}
			if moved {
				continue
			}
			if tasks := run.Tasks(); len(tasks) > 0 {
				if err := run.TaskSucceeded(tasks[0], json.RawMessage(`{"Payload":{}}`), now); err != nil {
					t.Fatal(err)
				}
			} else if due := run.NextDue(); due.After(now) {
				now = due
			} else {
				break
			}
		}
		same(t, m, run, now)
	})
}

// same restores a run from its entries, as they are stored, and compares.
func same(t *testing.T, m *asl.Machine, run *asl.Run, now time.Time) {
	t.Helper()
	raw, err := json.Marshal(run.Take())
	if err != nil {
		t.Fatal(err)
	}
	var entries []asl.Entry
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatal(err)
	}
	again := asl.NewRun(m, asl.Execution{Name: "fuzz"}, nil)
	if err := again.Restore(entries); err != nil {
		t.Fatal(err)
	}
	if again.Status() != run.Status() || again.LastEventID() != run.LastEventID() || !again.NextDue().Equal(run.NextDue()) || len(again.Tasks()) != len(run.Tasks()) || len(again.Moves(now)) != len(run.Moves(now)) {
		t.Fatalf("restored to %s at %d due %v, was %s at %d due %v", again.Status(), again.LastEventID(), again.NextDue(), run.Status(), run.LastEventID(), run.NextDue())
	}
	if string(again.Output()) != string(run.Output()) {
		t.Fatalf("restored output %s, was %s", again.Output(), run.Output())
	}
}
