package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/boot"
)

// server is the whole process, in this one, on a data folder of its own.
type server struct {
	url  string
	data string
	stop func()
	done chan error
}

// startServer serves a data folder until the test ends or stop is called.
func startServer(t testing.TB, data string, env map[string]string) *server {
	t.Helper()
	environ := map[string]string{"APIQ_ADDR": "127.0.0.1:0", "APIQ_DATA": data, "APIQ_LOG_LEVEL": "warn"}
	for k, v := range env {
		environ[k] = v
	}
	c, err := boot.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	var out io.Writer = io.Discard
	if testing.Verbose() {
		out = os.Stderr
	}
	log, err := boot.Logger(out, c.LogLevel)
	if err != nil {
		t.Fatal(err)
	}
	return run1(t, c, log, data)
}

func run1(t testing.TB, c boot.Config, log *slog.Logger, data string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{data: data, done: make(chan error, 1)}
	ready := make(chan string, 1)
	go func() { s.done <- serve(ctx, c, log, func(u string) { ready <- u }) }()
	select {
	case s.url = <-ready:
	case err := <-s.done:
		cancel()
		t.Fatalf("server did not start: %v", err)
	}
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-s.done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	}
	t.Cleanup(s.stop)
	return s
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    []byte
	Data   json.RawMessage `json:"data"`
	Code   string          `json:"code"`
	Detail string          `json:"detail"`
	Meta   struct {
		NextCursor *string `json:"nextCursor"`
	} `json:"meta"`
	Errors []struct{ Path, Code, Message string } `json:"errors"`
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.raw, err)
	}
}

// person is somebody signed in, or nobody.
type person struct {
	t         testing.TB
	url       string
	token     string
	workspace string
	id        string
	email     string
	// heard, where set, is told of each answer.
	heard func(header string, body []byte)
}

func (p person) send(method, path string, body any, header ...string) answer {
	p.t.Helper()
	var sent io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case string:
		sent = bytes.NewReader([]byte(b))
	case io.Reader:
		sent = b
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, sent)
	if err != nil {
		p.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	if l, ok := body.(*io.LimitedReader); ok {
		req.ContentLength = l.N
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return p.do(req, method, path)
}

func (p person) do(req *http.Request, method, path string) answer {
	p.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		p.t.Fatal(err)
	}
	_ = json.Unmarshal(a.raw, &a) // not every answer is JSON; the test looks at what it expects
	if strings.HasPrefix(path, "/api/") {
		a.checkForm(p.t, method+" "+path)
	}
	if p.heard != nil {
		p.heard(fmt.Sprint(a.header), a.raw)
	}
	return a
}

// checkForm holds every answer that any test gets to the contract's two forms.
func (a answer) checkForm(t testing.TB, what string) {
	t.Helper()
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	id := a.header.Get("X-Request-Id")
	if !strings.HasPrefix(id, "req_") {
		t.Errorf("%s: X-Request-Id %q", what, id)
	}
	if a.status < 400 || a.status == http.StatusServiceUnavailable && strings.Contains(what, "/api/health") {
		var got map[string]json.RawMessage
		raw := strings.Contains(what, "/export") || strings.Contains(what, "/openapi.json") || strings.Contains(what, "/schemas/")
		if raw || media != "application/json" {
			if !raw {
				t.Errorf("%s: %d as %s", what, a.status, media)
			}
			return
		}
		if err := json.Unmarshal(a.raw, &got); err != nil || string(got["success"]) != "true" || got["data"] == nil {
			t.Errorf("%s: %d is not in the envelope: %s", what, a.status, a.raw)
		}
		for name := range got {
			if name != "success" && name != "data" && name != "meta" {
				t.Errorf("%s: the envelope has a field %s", what, name)
			}
		}
		return
	}
	var got struct {
		Success                              *bool
		Type, Title, Code, Detail, RequestID string
		Status                               int
		Errors                               []struct{ Path, Code, Message *string }
	}
	dec := json.NewDecoder(bytes.NewReader(a.raw))
	dec.DisallowUnknownFields()
	switch err := dec.Decode(&got); {
	case media != "application/problem+json":
		t.Errorf("%s: %d as %s: %s", what, a.status, media, a.raw)
	case err != nil || got.Success == nil || *got.Success || got.Type == "" || got.Title == "" || got.Detail == "" || got.Status != a.status || got.RequestID != id && a.header.Get("Idempotency-Replayed") == "":
		t.Errorf("%s: not a problem of the contract (%v): %s", what, err, a.raw)
	case !slices.Contains(apierr.Codes(), apierr.Code(got.Code)) || apierr.Code(got.Code).Status() != a.status:
		t.Errorf("%s: code %s with status %d is not of the closed list", what, got.Code, a.status)
	case got.Code == string(apierr.Internal):
		t.Errorf("%s: INTERNAL: %s", what, a.raw)
	}
	for _, e := range got.Errors {
		if e.Path == nil || e.Code == nil || *e.Code == "" || e.Message == nil || *e.Message == "" {
			t.Errorf("%s: a problem without path, code or message: %s", what, a.raw)
		}
	}
}

// refused sends and expects a refusal: its status and code, and where paths are
// given, a problem at each.
func (p person) refused(want apierr.Code, method, path string, body any, paths ...string) answer {
	p.t.Helper()
	a := p.send(method, path, body)
	p.expect(a, want, method+" "+path, paths...)
	return a
}

func (p person) expect(a answer, want apierr.Code, what string, paths ...string) {
	p.t.Helper()
	if a.Code != string(want) || a.status != want.Status() {
		p.t.Errorf("%s: %d %s, want %s: %s", what, a.status, a.Code, want, a.raw)
		return
	}
	for _, path := range paths {
		if !slices.ContainsFunc(a.Errors, func(e struct{ Path, Code, Message string }) bool { return e.Path == path }) {
			p.t.Errorf("%s: no problem at %s: %s", what, path, a.raw)
		}
	}
}

// must sends and expects a status.
func (p person) must(want int, method, path string, body any, header ...string) answer {
	p.t.Helper()
	a := p.send(method, path, body, header...)
	if a.status != want {
		p.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, want, a.raw)
	}
	return a
}

func (s *server) nobody(t testing.TB) person { return person{t: t, url: s.url} }

// register makes an account with a workspace of its own.
func (s *server) register(t testing.TB, name string) person {
	t.Helper()
	return s.join(t, name, "")
}

func (s *server) join(t testing.TB, name, invite string) person {
	t.Helper()
	p := s.nobody(t)
	p.email = name + "@example.com"
	body := map[string]any{"email": p.email, "name": name, "password": "correct horse battery"}
	if invite != "" {
		body["invite"] = invite
	}
	var got struct {
		User      struct{ ID string }
		Workspace struct{ ID string }
		Token     string
	}
	p.must(201, "POST", "/api/auth/register", body).into(t, &got)
	p.token, p.workspace, p.id = got.Token, got.Workspace.ID, got.User.ID
	return p
}

// invite lets a person join with a role.
func (s *server) invite(t testing.TB, admin person, name, role string) person {
	t.Helper()
	var inv struct{ Token string }
	admin.must(201, "POST", "/api/users/invite", map[string]any{"email": name + "@example.com", "role": role}).into(t, &inv)
	return s.join(t, name, inv.Token)
}

// connection finds a sample by name.
func (p person) connection(name string) string {
	p.t.Helper()
	var all []struct{ ID, Name, Status string }
	p.must(200, "GET", "/api/apis?limit=100", nil).into(p.t, &all)
	for _, c := range all {
		if c.Name == name {
			return c.ID
		}
	}
	p.t.Fatalf("no connection %s among %v", name, all)
	return ""
}

// wait follows a run to its end, or until it waits for a person.
func (p person) wait(execution string, until ...string) execution1 {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for after := int64(0); time.Now().Before(deadline); {
		var ev struct {
			Items []struct{ Seq int64 }
			Next  int64
			Done  bool
		}
		p.must(200, "GET", fmt.Sprintf("/api/executions/%s/events?after=%d&wait=5", execution, after), nil).into(p.t, &ev)
		for i, e := range ev.Items {
			if e.Seq != after+int64(i)+1 {
				p.t.Fatalf("events after %d: number %d is %d: a gap or a repeat", after, i, e.Seq)
			}
		}
		after = ev.Next
		var e execution1
		p.must(200, "GET", "/api/executions/"+execution, nil).into(p.t, &e)
		for _, u := range until {
			if e.Status == u {
				return e
			}
		}
		if ev.Done {
			return e
		}
	}
	p.t.Fatalf("run %s did not come to an end", execution)
	return execution1{}
}

type failure1 struct{ Name, Cause string }

type execution1 struct {
	ID, Status, WorkflowID string
	Version                int64
	Input, Output          json.RawMessage
	Error                  *failure1
	CompletedAt            time.Time
	Steps                  []struct {
		ID, Path, Type, Name, Status  string
		Attempt                       int
		StartedAt, EndedAt, ResumesAt time.Time
		Output, Request, Response     json.RawMessage
		Error                         *failure1
		Message, ExecutionID          string
		Attempts                      []struct {
			Number            int
			Status            string
			EndedAt           time.Time
			Request, Response json.RawMessage
			Error             *failure1
		}
	}
}

func (e execution1) step(t testing.TB, path string) (status string) {
	t.Helper()
	for _, s := range e.Steps {
		if s.Path == path {
			return s.Status
		}
	}
	t.Fatalf("no step %s in %+v", path, e.Steps)
	return ""
}
