package hometest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testInput: a run's input is held to the workflow's schema.
func testInput(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	flow := p.Save(Obj{"input": Obj{"type": "object", "required": []string{"n", "who"}, "additionalProperties": false, "properties": Obj{
		"n": Obj{"type": "integer", "minimum": 1}, "who": Obj{"type": "object", "properties": Obj{"mail": Obj{"type": "string"}}}}},
		"steps": []any{ValueStep("v", "{% $input.n %}")}})
	at := "/api/workflows/" + flow + "/execute"
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{}, "/input/n", "/input/who")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": Obj{"n": "x", "who": Obj{}}}, "/input/n")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": Obj{"n": 0, "who": Obj{"mail": 1}}}, "/input/n", "/input/who/mail")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": []int{1}}, "/input")
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"input": "text"}, "/input")
	p.Refused(apierr.NotFound, "POST", at, Obj{"version": 9, "input": Obj{"n": 1, "who": Obj{}}})
	p.Refused(apierr.ValidationFailed, "POST", at, Obj{"version": 0}, "/version")
	big := Obj{"n": 1, "who": Obj{"mail": strings.Repeat("x", 260<<10)}}
	if a := p.Send("POST", at, Obj{"input": big}); a.Status != 400 && a.Status != 413 {
		t.Errorf("an input of 260 KiB: %d %s", a.Status, a.Code)
	}
	if n := len(items(t, p.Must(200, "GET", "/api/executions", nil))); n != 0 {
		t.Errorf("%d runs of refused inputs", n)
	}
	// Documents that cannot be are refused with their paths, by whichever door.
	bad := map[string]Obj{
		"/definition/steps/0/type":  {"apiq": "1", "name": "W", "steps": []any{Obj{"id": "a", "type": "magic"}}},
		"/definition/steps/1/value": {"apiq": "1", "name": "W", "steps": []any{ValueStep("a", 1), ValueStep("b", "{% $later %}"), ValueStep("later", 1)}},
		"/definition/steps/0/value": {"apiq": "1", "name": "W", "steps": []any{ValueStep("a", "{% $eval('1') %}")}},
		"/definition/apiq":          {"apiq": "2", "name": "W", "steps": []any{ValueStep("a", 1)}},
		"/definition/steps":         {"apiq": "1", "name": "W", "steps": []any{}},
		"/definition/steps/0/zzz":   {"apiq": "1", "name": "W", "steps": []any{Obj{"id": "a", "type": "transform", "value": 1, "zzz": 1}}},
	}
	for _, path := range slices.Sorted(maps.Keys(bad)) {
		a := p.Send("POST", "/api/workflows", Obj{"definition": bad[path]})
		if a.Status != 422 && a.Status != 400 || !slices.ContainsFunc(a.Errors, func(e Fault) bool {
			return e.Path == path || e.Path == strings.TrimPrefix(path, "/definition")
		}) {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	// What names a connection that is not there runs never.
	ghost := p.Save(Obj{"steps": []any{CallStep("x", "con_0190aaaa-0000-7000-8000-000000000000", "listItems")}})
	p.Refused(apierr.WorkflowInvalid, "POST", "/api/workflows/"+ghost+"/execute", Obj{})
}
