package launch

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
)

// one has one connection, and counts how often its document is looked at.
type one struct {
	conn  connection.Connection
	doc   *spec.Document
	looks int
}

func (o *one) Connection(context.Context, string) (connection.Connection, error) { return o.conn, nil }

func (o *one) Spec(context.Context, string) (*spec.Document, error) {
	o.looks++
	return o.doc, nil
}

// TestProof: a version is proven once for as long as its connection is what it was,
// and what has changed is seen by the next start.
func TestProof(t *testing.T) {
	t.Parallel()
	doc, err := spec.Parse(t.Context(), []byte(`{"openapi":"3.0.3","info":{"title":"T","version":"1"},"servers":[{"url":"https://api.example"}],
		"paths":{"/x":{"get":{"operationId":"x","responses":{"200":{"description":"ok"}}}}}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &one{doc: doc, conn: connection.Connection{ID: "con_1", Name: "T", BaseURL: "https://api.example", AuthType: connection.AuthNone, Status: connection.StatusActive}}
	l := New(nil, o, nil)
	var flow workflow.Document
	if err := json.Unmarshal([]byte(`{"apiq":"1","name":"t","steps":[{"id":"a","type":"api_call","connection":"con_1","operation":"x"}]}`), &flow); err != nil {
		t.Fatal(err)
	}
	w := source{id: "wfl_1", name: "t", version: 1, document: &flow}
	ctx := tenant.With(t.Context(), "wsp_1")
	for _, step := range []struct {
		name  string
		do    func()
		looks int
		code  apierr.Code
	}{
		{"first", func() {}, 1, ""},
		{"again", func() {}, 0, ""},
		{"used meanwhile", func() { o.conn.LastUsed = time.Unix(1, 0) }, 0, ""},
		{"refused credentials", func() { o.conn.Status = connection.StatusCredentialsInvalid }, 1, apierr.WorkflowInvalid},
		{"still refused", func() {}, 1, apierr.WorkflowInvalid},
		{"as it was", func() { o.conn.Status = connection.StatusActive }, 0, ""},
		{"another document", func() { o.conn.SpecHash = "other" }, 1, ""},
		{"another version", func() { w.version = 2 }, 1, ""},
		{"another workspace", func() { ctx = tenant.With(t.Context(), "wsp_2") }, 1, ""},
	} {
		step.do()
		before := o.looks
		p, _, err := l.prove(ctx, w)
		if got := o.looks - before; got != step.looks || step.code == "" && (err != nil || len(p.Definition) == 0) || step.code != "" && apierr.CodeOf(err) != step.code {
			t.Errorf("%s: %d looks, want %d, %v", step.name, got, step.looks, err)
		}
	}
}
