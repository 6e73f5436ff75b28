package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/plan/openai"
	"github.com/apiq/apiq/shared/secret"
)

const key = "sk-test-0123456789"

// reply is one scripted answer.
type reply struct {
	status  int
	header  map[string]string
	content string // of the assistant's message
	refusal string
	finish  string
	raw     string // instead of a completion
	hang    bool
}

// server is a scripted OpenAI-compatible server; the last reply repeats.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	replies  []reply
	limit    time.Duration // of a house's planning with the model; its own default for 0
	requests []map[string]any
	auth     []string
	wire     []string // whole requests, with their headers
}

func script(t *testing.T, replies ...reply) *server {
	t.Helper()
	s := &server{replies: replies}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if err := json.Unmarshal(raw, &body); err != nil || r.URL.Path != "/v1/chat/completions" {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		s.mu.Lock()
		n := min(len(s.requests), len(s.replies)-1)
		s.requests, s.auth, s.wire = append(s.requests, body), append(s.auth, r.Header.Get("Authorization")), append(s.wire, string(dump))
		rep := s.replies[n]
		s.mu.Unlock()
		if rep.hang {
			<-r.Context().Done()
			return
		}
		for k, v := range rep.header {
			w.Header().Set(k, v)
		}
		w.Header().Set("Content-Type", "application/json")
		if rep.status != 0 {
			w.WriteHeader(rep.status)
		}
		if rep.raw != "" {
			_, _ = io.WriteString(w, rep.raw)
			return
		}
		finish := rep.finish
		if finish == "" {
			finish = "stop"
		}
		message := map[string]any{"role": "assistant", "content": rep.content}
		if rep.refusal != "" {
			message["refusal"] = rep.refusal
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "c1", "object": "chat.completion", "created": 1, "model": "test",
			"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}},
			"usage":   map[string]any{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}})
	}))
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s
}

func (s *server) sent(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, _ := json.Marshal(s.requests[i])
	return string(raw)
}

func (s *server) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func model(t *testing.T, s *server) *openai.Model {
	t.Helper()
	m, err := openai.New(secret.New(key), &openai.Options{BaseURL: s.URL + "/v1", Model: "test-model", Client: s.Client()})
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
