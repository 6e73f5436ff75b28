package stepfunctions

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
)

func placing() *Engine {
	return &Engine{opts: Options{Functions: map[string]string{"call": "arn:aws:lambda:eu-central-1:1:function:call:live", "approval": `arn:"quoted"\`, "empty": ""}}}
}

const (
	hostile = `"Payload":{"body":"${call}","FunctionName":"${call}","deep":{"FunctionName":"${call}","token":"{% $states.context.Task.Token %}"},"text":"x ${approval} {% $states.context.Task.Token %}","Arguments":{"FunctionName":"${call}"}}`
	before  = `{"Comment":"${call}","QueryLanguage":"JSONata","StartAt":"${call}","States":{` +
		`"${call}":{"Type":"Task","Comment":"${call}","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${call}",` + hostile + `},"Assign":{"FunctionName":"${call}"},"Next":"Arguments"},` +
		`"Arguments":{"Type":"Pass","Output":{"FunctionName":"${call}","Arguments":{"FunctionName":"${call}"}},"Arguments":{"FunctionName":"${call}"},"Next":"Both"},` +
		`"Both":{"Type":"Parallel","Branches":[{"StartAt":"Ask","States":{"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"Payload":{"token":"{% $states.context.Task.Token %}","step":"a"},"FunctionName":"${approval}"},"End":true}}}],"Next":"Each"},` +
		`"Each":{"Type":"Map","Items":["${call}"],"ItemProcessor":{"StartAt":"In","States":{"In":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"${call}","Payload":"${call}"},"End":true}}},"End":true}}}`
)

// TestPlace: ARNs stand where the language names functions, and nowhere else; the
// rest, its order too, is as it was.
func TestPlace(t *testing.T) {
	t.Parallel()
	got, err := placing().place("wsp_1", json.RawMessage(before))
	if err != nil {
		t.Fatal(err)
	}
	const arn = `"FunctionName":"arn:aws:lambda:eu-central-1:1:function:call:live"`
	want := strings.Replace(before, `"Arguments":{"FunctionName":"${call}",`+hostile, `"Arguments":{`+arn+`,`+hostile, 1)
	want = strings.Replace(want, `"Arguments":{"FunctionName":"${call}","Payload":"${call}"}`, `"Arguments":{`+arn+`,"Payload":"${call}"}`, 1)
	want = strings.Replace(want, `"FunctionName":"${approval}"`, `"FunctionName":"arn:\"quoted\"\\"`, 1)
	want = strings.Replace(want, `"Payload":{"token":"{% $states.context.Task.Token %}","step"`, `"Payload":{"token":"{% \"wsp_1.\" & $states.context.Task.Token %}","step"`, 1)
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	again, err := placing().place("wsp_1", json.RawMessage(before))
	if err != nil || !bytes.Equal(got, again) {
		t.Errorf("placed differently the second time: %v", err)
	}
}

func TestPlaceRefuses(t *testing.T) {
	t.Parallel()
	one := func(state string) string { return `{"StartAt":"A","States":{"A":` + state + `}}` }
	task := func(arguments string) string {
		return one(`{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":` + arguments + `,"End":true}`)
	}
	for name, definition := range map[string]string{
		"nothing":            ``,
		"no object":          `[]`,
		"cut":                one(`{"Type":"Pass","End":true`),
		"trailing":           one(`{"Type":"Pass","End":true}`) + `{}`,
		"a name twice":       `{"StartAt":"A","States":{},"States":{}}`,
		"no state":           one(`7`),
		"unknown function":   task(`{"FunctionName":"${other}"}`),
		"function not set":   task(`{"FunctionName":"${empty}"}`),
		"function, no mark":  task(`{"FunctionName":"call"}`),
		"function, cut":      task(`{"FunctionName":"${call"}`),
		"an ARN of its own":  task(`{"FunctionName":"arn:aws:lambda:eu-central-1:1:function:other"}`),
		"an expression":      task(`{"FunctionName":"{% $states.input %}"}`),
		"function, a number": task(`{"FunctionName":7}`),
		"arguments, text":    task(`"{% $states.input %}"`),
		"another resource":   one(`{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Arguments":{},"End":true}`),
		"no resource":        one(`{"Type":"Task","Arguments":{"FunctionName":"${call}"},"End":true}`),
		"a function's ARN":   one(`{"Type":"Task","Resource":"arn:aws:lambda:eu-central-1:1:function:other","End":true}`),
		"inside of a branch": one(`{"Type":"Parallel","Branches":[` + task(`{"FunctionName":"${other}"}`) + `],"End":true}`),
		"inside of a loop":   one(`{"Type":"Map","ItemProcessor":` + task(`{"FunctionName":"${other}"}`) + `,"End":true}`),
		"branches, object":   one(`{"Type":"Parallel","Branches":{},"End":true}`),
		"too large":          one(`{"Type":"Pass","Output":"` + strings.Repeat("x", maxDefinition) + `","End":true}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := placing().place("wsp_1", json.RawMessage(definition)); apierr.CodeOf(err) != apierr.WorkflowInvalid {
				t.Errorf("%.200s: %v", got, err)
			}
		})
	}
}

func FuzzPlace(f *testing.F) {
	f.Add([]byte(before))
	f.Add([]byte(`{"StartAt":"A","States":{"A":{"Type":"Parallel","Branches":[],"End":true}}}`))
	f.Fuzz(func(t *testing.T, definition []byte) {
		out, err := placing().place("wsp_1", definition)
		if err == nil && !json.Valid(out) {
			t.Errorf("%q became %q", definition, out)
		}
	})
}
