package hometest

import (
	"encoding/json"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// vendors are documents with what the template issue-digest needs, by its slots.
func vendors() map[string]string {
	ok := func(schema string) string {
		return `"responses":{"200":{"description":"ok","content":{"application/json":{"schema":` + schema + `}}}}`
	}
	text := `"schema":{"type":"string"}`
	return map[string]string{
		"github": `{"openapi":"3.0.3","info":{"title":"GitHub v3 REST API","version":"1"},"paths":{"/repos/{owner}/{repo}/issues":{"get":{"operationId":"issues/list-for-repo",
 "parameters":[{"name":"owner","in":"path","required":true,` + text + `},{"name":"repo","in":"path","required":true,` + text + `},{"name":"state","in":"query",` + text + `},{"name":"per_page","in":"query","schema":{"type":"integer"}}],` +
			ok(`{"type":"array","items":{"type":"object","required":["title","html_url"],"properties":{"title":{"type":"string"},"html_url":{"type":"string"}}}}`) + `}}}}`,
		"slack": `{"openapi":"3.0.3","info":{"title":"Slack Web API","version":"1"},"paths":{"/chat.postMessage":{"post":{"operationId":"chat_postMessage","parameters":[{"name":"token","in":"header","required":true,` + text + `}],
 "requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["channel"],"properties":{"channel":{"type":"string"},"text":{"type":"string"}}}}}},` + ok(`{"type":"object"}`) + `}}}}`,
	}
}

// testTemplates: a template tells which connections fit it, and becomes a draft of
// them; another workspace's connections are none.
func testTemplates(t *testing.T, h *house) {
	p, stranger := Register(t, h, "ada"), Register(t, h, "bob")
	type card struct {
		ID    string
		Ready bool
		APIs  []struct {
			Slot        string
			Connections []struct{ ID, Name string }
		}
	}
	listed := func(p Person) (digest card) {
		var all []card
		p.Must(200, "GET", "/api/templates", nil).Into(t, &all)
		for _, c := range all {
			if c.ID == "issue-digest" {
				digest = c
			}
		}
		if len(all) != 10 {
			t.Errorf("%d templates", len(all))
		}
		return digest
	}
	if c := listed(p); c.Ready || len(c.APIs) != 2 {
		t.Errorf("without connections: %+v", c)
	}
	shop := NewShop(t)
	chosen := Obj{}
	for slot, doc := range vendors() {
		var con struct{ ID string }
		p.Must(201, "POST", "/api/apis", Obj{"name": slot, "specDocument": json.RawMessage(doc), "baseUrl": shop.URL, "authType": "NONE"}).Into(t, &con)
		chosen[slot] = con.ID
	}
	c := listed(p)
	for _, a := range c.APIs {
		if len(a.Connections) != 1 || a.Connections[0].ID != chosen[a.Slot] {
			t.Errorf("slot %s: %+v", a.Slot, a.Connections)
		}
	}
	if !c.Ready || listed(stranger).Ready {
		t.Errorf("ready: %v here, elsewhere %v", c.Ready, listed(stranger).Ready)
	}
	const use = "/api/templates/issue-digest/use"
	p.Refused(apierr.ValidationFailed, "POST", use, Obj{"connections": Obj{"github": chosen["github"]}}, "/connections/slack")
	p.Refused(apierr.WorkflowInvalid, "POST", use, Obj{"connections": Obj{"github": p.Connect("Shop", shop.URL), "slack": chosen["slack"]}}, "/steps/0/operation")
	stranger.Refused(apierr.WorkflowInvalid, "POST", use, Obj{"connections": chosen})
	var w struct{ ID, Status, Name string }
	p.Must(201, "POST", use, Obj{"connections": chosen}).Into(t, &w)
	if w.Status != "DRAFT" || w.Name != "Open issues to a channel" {
		t.Errorf("%+v", w)
	}
	if now := p.actions(t); now[0] != "workflow.create" {
		t.Errorf("the trail has %v", now)
	}
	var r struct{ Run struct{ Status string } }
	p.Must(200, "POST", "/api/workflows/"+w.ID+"/rehearse", Obj{"faults": []string{}}).Into(t, &r)
	if r.Run.Status != "COMPLETED" {
		t.Errorf("rehearsed: %+v", r)
	}
}
