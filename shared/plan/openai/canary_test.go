package openai_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/plan"
)

// canaries are secrets and answers, each in the place where it would lie.
var canaries = map[string]string{
	"server address":     "cnry-server-4b7d",
	"connection address": "cnry-base-91ac",
	"user name":          "cnry-user-77e0",
	"credential part":    "cnry-part-5f21",
	"connection id":      "con_cnry000000000000000000",
	"example of a value": "cnry-example-c3d8",
	"default of a value": "cnry-default-08fe",
	"example answer":     "cnry-answer-66b9",
	"security scheme":    "cnry-scheme-a1a1",
	"extension":          "cnry-extension-2dd4",
	"assistant's answer": "cnry-assistant-9e93",
}

// vault is a document that holds what must not leave.
func vault() []byte {
	c := canaries
	return []byte(`{"openapi":"3.1.0","info":{"title":"Vault","version":"1","x-token":"` + c["extension"] + `"},
"servers":[{"url":"https://u:` + c["server address"] + `@vault.example/` + c["server address"] + `"}],
"components":{"securitySchemes":{"k":{"type":"apiKey","in":"header","name":"X-Key","description":"` + c["security scheme"] + `"}}},"security":[{"k":[]}],
"paths":{"/books/{bookId}":{"get":{"operationId":"getBook","summary":"Get a book","x-secret":"` + c["extension"] + `",
 "parameters":[{"name":"bookId","in":"path","required":true,"example":"` + c["example of a value"] + `","schema":{"type":"integer","default":"` + c["default of a value"] + `","examples":["` + c["example of a value"] + `"]}},
  {"name":"X-Trace","in":"header","schema":{"type":"string","default":"` + c["default of a value"] + `"}}],
 "responses":{"200":{"description":"One","content":{"application/json":{"example":{"title":"` + c["example answer"] + `"},
  "schema":{"type":"object","example":{"title":"` + c["example answer"] + `"},"properties":{"title":{"type":"string","examples":["` + c["example answer"] + `"]}}}}}}}}}}}`)
}

// forms are the ways in which a text may be written on the wire.
func forms(s string) []string {
	return []string{s, base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s)), url.QueryEscape(s),
		strings.ToUpper(hex.EncodeToString([]byte(s)))}
}

// TestCanaries: over a plan, its repairs, an edit and a fallback, no credential and
// no answer of an API is anywhere in the bytes that are sent; the model's own key
// is in its header, once, and nowhere else.
func TestCanaries(t *testing.T) {
	t.Parallel()
	const planted = "cnry-planted-1234" // in the goal: the search must find it
	good, wrong := one("book", "api1/getBook", "path", "bookId", "42"), one("book", "api1/getBook", "path", "bookId", "many")
	s := script(t, reply{Content: wrong}, reply{Content: "{"}, reply{Content: good},
		reply{Content: edits(`"do":"set_argument","step":"book","words":"book 7",` + arg("path", "bookId", "literal", "7"))},
		reply{Status: 400, Raw: `{"error":{"message":"response_format"}}`}, reply{Status: 500, Raw: `{}`})
	h := newHouse(t, s, func(c *connection.Connection) {
		c.ID, c.BaseURL = canaries["connection id"], "https://u:"+canaries["connection address"]+"@x.example/?k="+canaries["connection address"]
		c.AuthType, c.Auth = connection.AuthCustom, connection.AuthView{Username: canaries["user name"], Set: []string{"headers.X-Key", "headers." + canaries["credential part"]}}
	}, vault())
	p, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42 for " + planted})
	if err != nil || p.Planner != plan.PlannerOpenAI {
		t.Fatalf("%s, err %v", p.Message, err)
	}
	if !strings.Contains(string(p.Workflow), canaries["connection id"]) {
		t.Fatal("the plan does not use the connection whose secrets are looked for")
	}
	for _, message := range []string{"Get book 7 instead", "Get the book with id 8"} {
		if _, err := h.Draft(h.ctx, plan.Request{Message: message, ConversationID: p.ConversationID}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Wire()) != 6 {
		t.Errorf("%d requests, want all of the script", len(s.Wire()))
	}
	found := 0
	for i, sent := range s.Wire() {
		for where, c := range canaries {
			for _, form := range forms(c) {
				if strings.Contains(sent, form) {
					t.Errorf("request %d holds the %s as %s", i, where, form)
				}
			}
		}
		head, body, _ := strings.Cut(sent, "\r\n\r\n")
		for _, form := range forms(key) {
			if strings.Contains(body, form) {
				t.Errorf("the body of request %d holds the key as %s", i, form)
			}
		}
		if strings.Count(head, key) != 1 || !strings.Contains(head, "Authorization: Bearer "+key) {
			t.Errorf("the head of request %d: %s", i, head)
		}
		if strings.Contains(sent, h.workspace) {
			t.Errorf("request %d names the workspace", i)
		}
		if strings.Contains(sent, planted) {
			found++
		}
	}
	if found != len(s.Wire()) {
		t.Errorf("the planted text was found in %d of %d requests", found, len(s.Wire()))
	}
}

// A credential that a person types is not sent; the plan has it where the model
// put its label, and an edit may quote it.
func TestTypedCredential(t *testing.T) {
	t.Parallel()
	first, second := "ghp_"+strings.Repeat("Ab1", 12), "ghp_"+strings.Repeat("Cd2", 12)
	s := script(t, reply{Content: one("tell", "api1/sendMessage", "body", "text", `\"WITHHELD_1_\"`)},
		reply{Content: edits(`"do":"set_argument","step":"tell","words":"send WITHHELD_1_",` + arg("body", "text", "literal", "WITHHELD_1_"))})
	h := newHouse(t, s, nil, sample(t, "courier.yaml"))
	p, err := h.Draft(h.ctx, plan.Request{Message: "Send a message with the text " + first + " to a channel"})
	if err != nil || p.Planner != plan.PlannerOpenAI || !strings.Contains(string(p.Workflow), `{"text":"`+first+`"}`) {
		t.Fatalf("%s, err %v", p.Workflow, err)
	}
	p, err = h.Draft(h.ctx, plan.Request{Message: "Please send " + second + " instead", ConversationID: p.ConversationID})
	if err != nil || p.Planner != plan.PlannerOpenAI || !strings.Contains(string(p.Workflow), `{"text":"`+second+`"}`) {
		t.Fatalf("%s, err %v", p.Message, err)
	}
	for i, sent := range s.Wire() {
		for _, c := range []string{first, second} {
			for _, form := range forms(c) {
				if strings.Contains(sent, form) {
					t.Errorf("request %d holds %s", i, form)
				}
			}
		}
	}
}
