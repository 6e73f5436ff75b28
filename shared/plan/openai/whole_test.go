package openai_test

import (
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/plan"
)

// one is a plan of one call with a literal.
func one(id, operation, in, name, value string) string {
	return `{"possible":true,"reason":"","name":"One","steps":[{"id":"` + id + `","operation":"` + operation + `","why":"You asked.","for_each":null,"only_if":null,
 "arguments":[{"in":"` + in + `","name":"` + name + `","source":"literal","value":"` + value + `","step":"","path":[],"pick":"first"}]}]}`
}

// TestWhole goes from a goal to the wire and back to a plan that is kept.
func TestWhole(t *testing.T) {
	t.Parallel()
	good, wrong := one("book", "api1/getBook", "path", "bookId", "42"), one("book", "api1/getBook", "path", "bookId", "many")
	unknown := one("book", "api1/burnBook", "path", "bookId", "42")
	limit := reply{Status: 429, Raw: `{"error":{"message":"slow down"}}`, Header: map[string]string{"Retry-After": "60"}}
	for _, tt := range []struct {
		name    string
		replies []reply
		planner string
		calls   int
		says    string
		repair  string // in the last request's problems
		usage   string // in the trail
	}{
		{name: "good", replies: []reply{{Content: good}}, planner: plan.PlannerOpenAI, calls: 1, usage: `"completionTokens":20,"calls":1,"costUsd":0.0004`},
		{name: "repair after the checks", replies: []reply{{Content: wrong}, {Content: good}}, planner: plan.PlannerOpenAI, calls: 2, repair: "step book parameters/bookId: ", usage: `"promptTokens":200`},
		{name: "repair of an unknown operation", replies: []reply{{Content: unknown}, {Content: good}}, planner: plan.PlannerOpenAI, calls: 2, repair: "not one of those offered"},
		{name: "second repair", replies: []reply{{Content: "{"}, {Content: wrong}, {Content: good}}, planner: plan.PlannerOpenAI, calls: 3, repair: "step book", usage: `"costUsd":0.0012`},
		{name: "repair exhausted by the checks", replies: []reply{{Content: wrong}}, planner: plan.PlannerBuiltin, calls: 3, says: "did not pass its checks after two repairs. This plan was made by the built-in planner.", usage: `"calls":3,"repairs":2`},
		{name: "repair exhausted by output", replies: []reply{{Content: good[:60]}}, planner: plan.PlannerBuiltin, calls: 3, says: "not usable after two repairs"},
		{name: "refusal", replies: []reply{{Refusal: "No."}}, planner: plan.PlannerBuiltin, calls: 1, says: "declined to plan"},
		{name: "rate limit", replies: []reply{limit}, planner: plan.PlannerBuiltin, calls: 1, says: "at its rate limit. This plan was made by the built-in planner.", usage: `"model":"test-model","calls":1`},
		{name: "no strict schemas", replies: []reply{{Status: 400, Raw: `{"error":{"message":"response_format is not supported"}}`}, {Content: wrong}, {Content: "```json\n" + good + "\n```"}},
			planner: plan.PlannerOpenAI, calls: 3, repair: "step book"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := script(t, tt.replies...)
			h := newHouse(t, s, nil, sample(t, "library.yaml"))
			p, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42"})
			if err != nil {
				t.Fatal(err)
			}
			if p.Planner != tt.planner || s.calls() != tt.calls || !strings.Contains(p.Message, tt.says) {
				t.Errorf("planner %s after %d calls: %s", p.Planner, s.calls(), p.Message)
			}
			for _, st := range p.Steps {
				for _, c := range st.Checks {
					if c.OK != nil && !*c.OK {
						t.Errorf("shown with a failed check: %+v", c)
					}
				}
			}
			if got, _ := s.read(t, s.calls()-1).data(t)["problems"].([]any); tt.repair != "" && (len(got) == 0 || !strings.Contains(got[0].(string), tt.repair)) {
				t.Errorf("problems %v, want %q", got, tt.repair)
			}
			page, err := h.trail.List(h.ctx, audit.Filter{}, 1, "")
			if err != nil || !strings.Contains(string(page.Records[0].Details), tt.usage) {
				t.Errorf("trail %s lacks %s, err %v", page.Records[0].Details, tt.usage, err)
			}
			if prompt := s.read(t, 0).data(t); prompt["candidates"] == nil {
				t.Errorf("the built-in planner's plan was not put to the model: %v", prompt)
			}
		})
	}
}

// A model that does not answer in time costs the person that time and no more.
func TestWholeTimeout(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Hang: true})
	s.limit = 50 * time.Millisecond
	h := newHouse(t, s, nil, sample(t, "library.yaml"))
	p, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42"})
	if err != nil || p.Planner != plan.PlannerBuiltin || !strings.HasPrefix(p.Message, "The model did not answer in time. This plan was made by the built-in planner.") {
		t.Errorf("%s: %s, err %v", p.Planner, p.Message, err)
	}
}

// An edit goes the whole way on a server that is told the schema in words.
func TestWholeEditWithoutSchemas(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Status: 422, Raw: `{"error":{"message":"response_format"}}`}, reply{Status: 422, Raw: `{"error":{"message":"response_format"}}`},
		reply{Content: "Sure!\n" + one("book", "api1/getBook", "path", "bookId", "42")},
		reply{Content: "```\n" + edits(`"do":"set_argument","step":"book","words":"id 7",`+arg("path", "bookId", "literal", "7")) + "\n```"})
	h := newHouse(t, s, nil, sample(t, "library.yaml"))
	was, err := h.Draft(h.ctx, plan.Request{Message: "Get the book with id 42"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Draft(h.ctx, plan.Request{Message: "Make that id 7", ConversationID: was.ConversationID})
	if err != nil || p.Planner != plan.PlannerOpenAI || string(p.Workflow) != strings.Replace(string(was.Workflow), `:42`, `:7`, 1) {
		t.Errorf("%s: %s, err %v", p.Planner, p.Workflow, err)
	}
	if s.calls() != 4 || s.read(t, 3).Format.Type != "" || !strings.Contains(s.read(t, 3).Messages[0].Content, "set_argument") {
		t.Errorf("%d calls, the last: %.300s", s.calls(), s.sent(s.calls()-1))
	}
}
