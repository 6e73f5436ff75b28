// Package openaitest is a server with OpenAI's chat completions whose answers are
// written down, on loopback, for tests.
package openaitest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"sync"
	"testing"
)

// Reply is one scripted answer.
type Reply struct {
	// Status defaults to 200.
	Status int
	Header map[string]string
	// Content and Refusal are the assistant's, Finish why it stopped; "stop" if empty.
	Content, Refusal, Finish string
	// Raw is sent instead of a completion.
	Raw string
	// Hang answers nothing until the client gives up.
	Hang bool
}

// PromptTokens and CompletionTokens are what each completion says it took.
const (
	PromptTokens     = 100
	CompletionTokens = 20
)

// Server answers with its script; the last reply repeats. It ends with its test.
type Server struct {
	*httptest.Server
	// Hanging is told of each request that a hanging reply keeps.
	Hanging chan struct{}

	mu       sync.Mutex
	replies  []Reply
	requests []string // bodies
	wire     []string // whole requests, with their headers
}

// Start starts a Server.
func Start(t testing.TB, replies ...Reply) *Server {
	t.Helper()
	s := &Server{replies: replies, Hanging: make(chan struct{}, 100)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(t, w, r) }))
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	return s
}

// BaseURL is where the API begins.
func (s *Server) BaseURL() string { return s.URL + "/v1" }

// Requests are the bodies that were sent, in order.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// Wire are the whole requests with their headers, in order.
func (s *Server) Wire() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.wire...)
}

func (s *Server) answer(t testing.TB, w http.ResponseWriter, r *http.Request) {
	dump, err := httputil.DumpRequest(r, true)
	if err != nil {
		return // the client went away
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(raw) || r.URL.Path != "/v1/chat/completions" {
		t.Errorf("%s %s: %.100s, %v", r.Method, r.URL.Path, raw, err)
	}
	s.mu.Lock()
	reply := s.replies[min(len(s.requests), len(s.replies)-1)]
	s.requests, s.wire = append(s.requests, string(raw)), append(s.wire, string(dump))
	s.mu.Unlock()
	if reply.Hang {
		s.Hanging <- struct{}{}
		<-r.Context().Done()
		return
	}
	for k, v := range reply.Header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Type", "application/json")
	if reply.Status != 0 {
		w.WriteHeader(reply.Status)
	}
	if reply.Raw != "" {
		_, _ = io.WriteString(w, reply.Raw) // a client that went away is the test's business
		return
	}
	_ = json.NewEncoder(w).Encode(reply.completion())
}

func (r Reply) completion() map[string]any {
	finish := r.Finish
	if finish == "" {
		finish = "stop"
	}
	message := map[string]any{"role": "assistant", "content": r.Content}
	if r.Refusal != "" {
		message["refusal"] = r.Refusal
	}
	return map[string]any{"id": "c1", "object": "chat.completion", "created": 1, "model": "test",
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": message}},
		"usage":   map[string]any{"prompt_tokens": PromptTokens, "completion_tokens": CompletionTokens, "total_tokens": PromptTokens + CompletionTokens}}
}
