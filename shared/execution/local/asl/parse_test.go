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
		"zero timeout":          {machine(`"A":{"Type":"Task","Resource":"r","TimeoutSeconds":0,"End":true}`), "/States/A/TimeoutSeconds"},
		"half a second":         {machine(`"A":{"Type":"Task","Resource":"r","TimeoutSeconds":1.5,"End":true}`), "/States/A/TimeoutSeconds"},
		"timeout in words":      {machine(`"A":{"Type":"Task","Resource":"r","TimeoutSeconds":"60","End":true}`), "/States/A/TimeoutSeconds"},
		"silent for too long":   {machine(`"A":{"Type":"Task","Resource":"r","TimeoutSeconds":9,"HeartbeatSeconds":9,"End":true}`), "/States/A/HeartbeatSeconds"},
		"wait backwards":        {machine(`"A":{"Type":"Wait","Seconds":-1,"End":true}`), "/States/A/Seconds"},
		"machine's timeout":     {`{"QueryLanguage":"JSONata","TimeoutSeconds":0,"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`, "/TimeoutSeconds"},
		"attempts below zero":   {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"MaxAttempts":-1}],"End":true}`), "/States/A/Retry/0/MaxAttempts"},
		"part of an attempt":    {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"MaxAttempts":1.5}],"End":true}`), "/States/A/Retry/0/MaxAttempts"},
		"no interval":           {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":0}],"End":true}`), "/States/A/Retry/0/IntervalSeconds"},
		"delay of a year":       {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"MaxDelaySeconds":31622400}],"End":true}`), "/States/A/Retry/0/MaxDelaySeconds"},
		"share past all":        {machine(`"A":{"Type":"Map","ToleratedFailurePercentage":101,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true}`), "/States/A/ToleratedFailurePercentage"},
		"unknown field":         {machine(`"A":{"Type":"Pass","Outptu":1,"End":true}`), "/States/A/Outptu"},
		"field in lower case":   {machine(`"A":{"Type":"Pass","output":1,"End":true}`), "/States/A/output"},
		"another type's field":  {machine(`"A":{"Type":"Pass","Seconds":1,"End":true}`), "/States/A/Seconds"},
		"Batcher":               {machine(`"A":{"Type":"Map","Batcher":{},"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true}`), "/States/A/Batcher"},
		"machine's field":       {`{"QueryLanguage":"JSONata","StartsAt":"A","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`, "/StartsAt"},
		"branch's field":        {machine(`"A":{"Type":"Parallel","Branches":[{"TimeoutSeconds":5,"StartAt":"B","States":{"B":{"Type":"Succeed"}}}],"End":true}`), "/States/A/Branches/0/TimeoutSeconds"},
		"processor's field":     {machine(`"A":{"Type":"Map","ItemProcessor":{"Mode":"INLINE","StartAt":"B","States":{"B":{"Type":"Succeed"}}},"End":true}`), "/States/A/ItemProcessor/Mode"},
		"choice's field":        {machine(`"A":{"Type":"Choice","Choices":[{"Condition":true,"Variable":"$.x","Next":"A"}]}`), "/States/A/Choices/0/Variable"},
		"retrier's field":       {machine(`"A":{"Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"Jitter":"FULL"}],"End":true}`), "/States/A/Retry/0/Jitter"},
		"catcher's field":       {machine(`"A":{"Type":"Task","Resource":"r","Catch":[{"ErrorEquals":["E"],"ResultPath":"$.e","Next":"A"}],"End":true}`), "/States/A/Catch/0/ResultPath"},
		"assign to $states":     {machine(`"A":{"Type":"Pass","Assign":{"states":1},"End":true}`), "/States/A/Assign/states"},
		"assign to a path":      {machine(`"A":{"Type":"Pass","Assign":{"a.b":1},"End":true}`), "/States/A/Assign/a.b"},
		"assign a long name":    {machine(`"A":{"Type":"Pass","Assign":{"` + strings.Repeat("ä", 81) + `":1},"End":true}`), "/States/A/Assign/" + strings.Repeat("ä", 81)},
		"assign an expression":  {machine(`"A":{"Type":"Pass","Assign":"{% $states.input %}","End":true}`), "/States/A/Assign"},
		"assign a list":         {machine(`"A":{"Type":"Pass","Assign":[1],"End":true}`), "/States/A/Assign"},
		"outer name in a loop": {machine(`"A":{"Type":"Pass","Assign":{"x":1},"Next":"M"},"M":{"Type":"Map","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":2},"End":true}}},"End":true}`),
			"/States/M/ItemProcessor/States/B/Assign/x"},
		"outer name, two deep, in a catcher": {machine(`"A":{"Type":"Parallel","Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"x":1},"Next":"A"}],"Branches":[{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Choice","Choices":[{"Condition":true,"Assign":{"x":2},"Next":"B"}]}}},"End":true}}}],"End":true}`),
			"/States/A/Branches/0/States/M/ItemProcessor/States/B/Choices/0/Assign/x"},
		"too long": {machine(`"A":{"Type":"Pass","Comment":"` + strings.Repeat("x", asl.MaxDefinition) + `","End":true}`), ""},
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
	loop := func(fields, config string) string {
		return `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Map",` + fields + `"ItemProcessor":{` + config + `"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}},"End":true}}}`
	}
	for name, c := range map[string]struct{ definition, path string }{
		"JSONPath by default": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1,"End":true}}}`, "/States/A"},
		"JSONPath by name":    {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONPath","End":true}}}`, "/States/A"},
		"JSONPath choice":     {`{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.x","IsNull":true,"Next":"B"}],"Default":"B"},"B":{"Type":"Succeed"}}}`, "/States/A"},
		"distributed map":     {loop("", `"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`), "/States/A/ItemProcessor/ProcessorConfig/Mode"},
		"execution type":      {loop("", `"ProcessorConfig":{"ExecutionType":"EXPRESS"},`), "/States/A/ItemProcessor/ProcessorConfig/ExecutionType"},
		"item reader":         {loop(`"ItemReader":{"Resource":"arn:aws:states:::s3:getObject"},`, ""), "/States/A/ItemReader"},
		"item batcher":        {loop(`"ItemBatcher":{"MaxItemsPerBatch":10},`, ""), "/States/A/ItemBatcher"},
		"result writer":       {loop(`"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject"},`, ""), "/States/A/ResultWriter"},
		"label":               {loop(`"Label":"l",`, ""), "/States/A/Label"},
		"credentials":         {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"r","Credentials":{"RoleArn":"r"},"End":true}}}`, "/States/A/Credentials"},
	} {
		_, err := asl.Parse(json.RawMessage(c.definition), nil)
		var u *asl.UnsupportedError
		if !errors.As(err, &u) || !errors.Is(err, asl.ErrUnsupported) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if p := u.Problems[0]; p.Path != c.path || p.Message == "" {
			t.Errorf("%s: got %+v, want %s", name, p, c.path)
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
