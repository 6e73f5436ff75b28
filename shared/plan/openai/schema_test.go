package openai_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/plan/draft"
)

// strict judges a schema by what OpenAI's structured output takes: every object
// closed and all of its properties required, and no keyword beyond the subset
// (OpenAI, "Structured model outputs", Supported schemas).
func strict(t *testing.T, at string, v any) {
	t.Helper()
	s, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s: no schema but %v", at, v)
	}
	for k := range s {
		if !slices.Contains([]string{"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}, k) {
			t.Errorf("%s: keyword %q", at, k)
		}
	}
	if any, ok := s["anyOf"].([]any); ok {
		for _, one := range any {
			strict(t, at+"|", one)
		}
	}
	if items, ok := s["items"]; ok {
		strict(t, at+"[]", items)
	}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	if s["type"] == "object" && (s["additionalProperties"] != false || len(required) != len(properties)) {
		t.Errorf("%s: open, or not all required: %v", at, required)
	}
	for name, p := range properties {
		if !slices.Contains(required, any(name)) {
			t.Errorf("%s: %s is not required", at, name)
		}
		strict(t, at+"."+name, p)
	}
}

func TestSchemaIsStrict(t *testing.T) {
	t.Parallel()
	s := script(t, reply{Content: answer("api1/deleteBook", "id")})
	m := model(t, s)
	req := request(t, goal)
	res, err := m.Draft(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	req.Last = res.Draft
	_, _ = m.Draft(context.Background(), req) // without a kind the answer is refused; its schema is what counts
	for i := range 2 {
		var schema any
		if err := json.Unmarshal(s.read(t, i).Format.Schema.Schema, &schema); err != nil {
			t.Fatal(err)
		}
		strict(t, "", schema)
		if edits := strings.Contains(s.sent(i), "set_argument"); edits != (i == 1) {
			t.Errorf("request %d speaks of edits: %v", i, edits)
		}
	}
}

// The instructions are the same for every goal and document, whatever the server
// can be held to.
func TestInstructionsAreConstant(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, edit := range []bool{false, true} {
		for _, goal := range []string{goal, "List members"} {
			s := script(t, reply{Status: 400, Raw: `{"error":{"message":"response_format"}}`}, reply{Status: 400, Raw: `{"error":{"message":"response_format"}}`}, reply{Content: "{}"})
			req := request(t, goal)
			if edit {
				req.Last = &draft.Draft{Name: goal}
			}
			if _, err := model(t, s).Draft(context.Background(), req); err == nil {
				t.Fatal("an empty answer was taken")
			}
			for i, format := range []string{"json_schema", "json_object", ""} {
				w := s.read(t, i)
				if w.Format.Type != format {
					t.Errorf("request %d has format %q", i, w.Format.Type)
				}
				at := format + map[bool]string{true: " edit"}[edit]
				if old, ok := seen[at]; ok && old != w.Messages[0].Content {
					t.Errorf("%s: the instructions differ", at)
				}
				seen[at] = w.Messages[0].Content
				if in := strings.Contains(w.Messages[0].Content, `"additionalProperties"`); in != (format != "json_schema") {
					t.Errorf("%s: schema in words: %v", at, in)
				}
				if m := regexp.MustCompile(`listMembers|api1`).FindString(w.Messages[0].Content); m != "" {
					t.Errorf("%s: the instructions hold %q of a document", at, m)
				}
			}
		}
	}
}
