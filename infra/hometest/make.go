package hometest

import (
	"net/url"
	"testing"
	"time"
)

// Connect connects an API by its document's address; more sets further fields.
func (p Person) Connect(name, at string, more ...any) string {
	p.t.Helper()
	body := Obj{"name": name, "specUrl": at + "/openapi.json", "baseUrl": at, "authType": "NONE"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	var con struct{ ID string }
	p.Must(201, "POST", "/api/apis", body).Into(p.t, &con)
	return con.ID
}

// Save makes a workflow of a definition, which needs no more than steps.
func (p Person) Save(definition Obj) string {
	p.t.Helper()
	var flow struct{ ID string }
	p.Must(201, "POST", "/api/workflows", Obj{"definition": document(definition)}).Into(p.t, &flow)
	return flow.ID
}

// document fills in what every workflow document has.
func document(definition Obj) Obj {
	definition["apiq"] = "1"
	if definition["name"] == nil {
		definition["name"] = "W"
	}
	return definition
}

// Start runs a workflow.
func (p Person) Start(flow string, input any) string {
	p.t.Helper()
	var run struct{ ExecutionID string }
	p.Must(202, "POST", "/api/workflows/"+flow+"/execute", Obj{"input": input}).Into(p.t, &run)
	return run.ExecutionID
}

// Run saves and runs.
func (p Person) Run(definition Obj, input any) string {
	p.t.Helper()
	return p.Start(p.Save(definition), input)
}

// Verified: the audit chain of the workspace holds.
func (p Person) Verified() {
	p.t.Helper()
	var v struct {
		OK      bool
		Records int64
	}
	p.Must(200, "GET", "/api/logs/verify", nil).Into(p.t, &v)
	if !v.OK || v.Records == 0 {
		p.t.Errorf("the audit chain does not verify: %+v", v)
	}
}

// CallStep is an api_call; more sets further fields.
func CallStep(id, con, operation string, more ...any) Obj {
	s := Obj{"id": id, "type": "api_call", "connection": con, "operation": operation}
	for i := 0; i+1 < len(more); i += 2 {
		s[more[i].(string)] = more[i+1]
	}
	return s
}

// OrderStep orders an item of a Shop.
func OrderStep(id, con, item string, more ...any) Obj {
	return CallStep(id, con, "createOrder", append([]any{"body", Obj{"item": item}}, more...)...)
}

// ValueStep is a transform.
func ValueStep(id string, v any) Obj { return Obj{"id": id, "type": "transform", "value": v} }

// DecisionPath is where a step is decided. Its path is one segment of the URL,
// slashes and brackets encoded.
func DecisionPath(run, step string) string {
	return "/api/executions/" + run + "/steps/" + url.PathEscape(step) + "/resolve"
}

// longestWait is above the patience of any home.
const longestWait = 2 * time.Minute

// Await fails the test when nothing comes.
func Await[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(longestWait):
		t.Fatalf("%s did not happen", what)
		panic("unreachable")
	}
}
