package asl_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// The words that definitions use are those of the packages that act on them.
func TestWordsAgree(t *testing.T) {
	t.Parallel()
	steps := []string{
		`{"id":"c","type":"api_call","connection":"con_a","operation":"o","parameters":{"a":1},"body":{"b":1},"headers":{"h":"1"},"output":"{% $response.body & $input %}","success":"{% true %}","paginate":{"items":"{% $response.body %}","maxItems":3,"kind":"cursor","next":"{% $input.next %}","param":"p"},"timeoutSeconds":4}`,
		`{"id":"a","type":"approval","message":"?"}`, `{"id":"w","type":"workflow","workflow":"wfl_1"}`,
	}
	definition, info := compile(t, []byte(`{"apiq":"1","name":"t","steps":[`+strings.Join(steps, ",")+`]}`))
	for _, function := range []string{execution.FunctionCall, execution.FunctionUnknown, execution.FunctionApproval, execution.FunctionWorkflow} {
		if !strings.Contains(string(definition), `"FunctionName":"${`+function+`}"`) {
			t.Errorf("nothing calls %s", function)
		}
	}
	if !strings.Contains(string(definition), call.ErrOutcomeUnknown) {
		t.Error("nothing catches an unknown outcome")
	}
	var m struct {
		States map[string]struct {
			Arguments struct{ Payload map[string]any }
		}
	}
	if err := json.Unmarshal(definition, &m); err != nil {
		t.Fatal(err)
	}
	payload := m.States["c"].Arguments.Payload
	payload["vars"] = map[string]any{"input": 1} // an expression gives it
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	var task call.Task
	if err := dec.Decode(&task); err != nil {
		t.Fatalf("not a call.Task: %v", err)
	}
	again, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(again, &fields); err != nil {
		t.Fatal(err)
	}
	if len(fields) != len(payload) {
		t.Errorf("the call function takes %d fields, gets %d", len(fields), len(payload))
	}
	if info["c"].Role != asl.RoleMain || info["c.resolved"].Role != asl.RoleResolved {
		t.Errorf("roles: %+v", info)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	// Each step takes more compiled than written, so that a legal document can be too much.
	var steps []string
	for i := range workflow.MaxSteps {
		steps = append(steps, fmt.Sprintf(`{"id":"s%d","type":"api_call","connection":"con_a","operation":"o","body":{"x":"%s"},"retry":[{"errors":["Http.4xx","Http.5xx"]}]}`, i, strings.Repeat("y", 500)))
	}
	doc, err := workflow.Parse([]byte(`{"apiq":"1","name":"t","steps":[` + strings.Join(steps, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	effects := map[string]effect.Class{}
	doc.Walk(func(_ string, s *workflow.Step) { effects[s.ID] = effect.Safe })
	_, _, err = asl.Compile(doc, asl.Binding{Effects: effects})
	if apierr.CodeOf(err) != apierr.WorkflowInvalid {
		t.Errorf("got %v", err)
	}
}

// Whatever Parse accepts compiles to a definition that Step Functions would take.
func FuzzCompile(f *testing.F) {
	f.Add(`{"id":"a","type":"transform","value":"{% $input.x %}"}`)
	f.Add(`{"id":"each","type":"loop","over":"{% $input %}","as":"x","tolerate":1,"onError":"continue","do":[{"id":"b","type":"condition","if":"{% $x %}","onError":[{"id":"c","type":"wait","seconds":1}]}]}`)
	f.Add(`{"id":"a","type":"transform","value":{"\u0000":["{%", "{% [1] /* c */ %}", 1e400]}}`)
	f.Fuzz(func(t *testing.T, steps string) {
		doc, err := workflow.Parse([]byte(`{"apiq":"1","name":"t","steps":[` + steps + `]}`))
		if err != nil {
			return
		}
		definition, info, err := asl.Compile(doc, asl.Binding{})
		if err != nil {
			if apierr.CodeOf(err) != apierr.WorkflowInvalid {
				t.Fatal(err)
			}
			return
		}
		checkDefinition(t, definition, info)
	})
}
