package openai_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/plan/openai/openaitest"
	"github.com/apiq/apiq/shared/secret"
)

const key = "sk-test-0123456789"

// reply is one scripted answer.
type reply = openaitest.Reply

// server is a scripted OpenAI-compatible server; the last reply repeats.
type server struct {
	*openaitest.Server
	limit time.Duration // of a house's planning with the model; its own default for 0
}

func script(t *testing.T, replies ...reply) *server {
	t.Helper()
	return &server{Server: openaitest.Start(t, replies...)}
}

func (s *server) sent(i int) string { return s.Requests()[i] }

func (s *server) calls() int { return len(s.Requests()) }

func model(t *testing.T, s *server) *openai.Model {
	t.Helper()
	m, err := openai.New(secret.New(key), &openai.Options{BaseURL: s.BaseURL(), Model: "test-model", Client: s.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wired is what reached the server, as far as the tests look.
type wired struct {
	Messages []struct{ Role, Content string }
	Format   struct {
		Type   string
		Schema struct {
			Strict bool
			Schema json.RawMessage
		} `json:"json_schema"`
	} `json:"response_format"`
}

// read decodes the i-th request.
func (s *server) read(t *testing.T, i int) wired {
	t.Helper()
	var w wired
	if err := json.Unmarshal([]byte(s.sent(i)), &w); err != nil {
		t.Fatal(err)
	}
	if len(w.Messages) != 2 || w.Messages[0].Role != "system" || w.Messages[1].Role != "user" {
		t.Fatalf("messages %+v", w.Messages)
	}
	return w
}

// data decodes the user message, which is one JSON value.
func (w wired) data(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(w.Messages[1].Content), &m); err != nil {
		t.Fatalf("the user message is not one JSON value: %v", err)
	}
	return m
}

// operations is the enum of the schema.
func (w wired) operations(t *testing.T) []string {
	t.Helper()
	var s struct {
		Properties struct {
			Steps struct {
				Items struct {
					Properties struct{ Operation struct{ Enum []string } }
				}
			}
		}
	}
	if err := json.Unmarshal(w.Format.Schema.Schema, &s); err != nil {
		t.Fatal(err)
	}
	return s.Properties.Steps.Items.Properties.Operation.Enum
}
