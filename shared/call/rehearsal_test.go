package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
)

// played answers as a handler does, without a connection.
type played struct {
	handler http.Handler
	asked   int
}

func (p *played) RoundTrip(req *http.Request) (*http.Response, error) {
	p.asked++
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	w := httptest.NewRecorder()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	p.handler.ServeHTTP(w, req)
	return w.Result(), nil
}

// TestRehearsalKeepsTheRules: for each class of operation and each kind of answer a
// rehearsal ends as a call does, after as many requests; asked again it answers from
// its journal as a call would.
func TestRehearsalKeepsTheRules(t *testing.T) {
	t.Parallel()
	large := `{"ok":true,"text":"` + strings.Repeat("x", 100<<10) + `"}` // past what the journal holds itself
	for _, operation := range []string{"list", "create", "keyed", "replace"} {
		for name, h := range map[string]http.HandlerFunc{
			"well":         replied(200, "", `{"ok":true}`),
			"large":        replied(200, "", large),
			"refused":      replied(401, "", `{}`),
			"busy":         replied(429, "1", `{}`),
			"busy, silent": replied(429, "", `{}`),
			"down":         replied(503, "1", `{}`),
			"failing":      replied(500, "", `{}`),
			"bad request":  replied(400, "", `{}`),
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				t.Parallel()
				actual := newAPI(t, h)
				k := newKit(t, actual.URL, nil)
				peers := &played{handler: h}
				rehearsal := call.NewRehearsal(k, documents{k.doc}, peers, &k.opts)
				for range 2 {
					want, wantErr := k.handle(k.task(operation))
					got, gotErr := rehearsed(t, k.ctx, rehearsal, k.task(operation))
					if gotErr != wantErr || string(got.Value) != string(want.Value) || got.Status != want.Status || got.Attempts != want.Attempts {
						t.Errorf("rehearsed: %q %d after %d, called: %q %d after %d", gotErr, got.Status, got.Attempts, wantErr, want.Status, want.Attempts)
					}
				}
				actual.mu.Lock()
				defer actual.mu.Unlock()
				if peers.asked != len(actual.hits) {
					t.Errorf("rehearsed with %d requests, called with %d", peers.asked, len(actual.hits))
				}
			})
		}
	}
}

func replied(status int, retryAfter, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

func rehearsed(t *testing.T, ctx context.Context, r *call.Rehearsal, task call.Task) (out call.Result, name string) {
	t.Helper()
	payload, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.Handle(ctx, execution.Task{Function: execution.FunctionCall, Payload: payload, Run: task.Execution})
	var failed *execution.TaskError
	if errors.As(err, &failed) {
		return out, failed.Name
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out, ""
}
