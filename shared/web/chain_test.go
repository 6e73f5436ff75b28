package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/web"
)

func TestAdmission(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites(), s.login(), wide(), lists())
	crossSite := map[string]string{"Sec-Fetch-Site": "cross-site"}
	for name, c := range map[string]struct {
		sent
		code apierr.Code
	}{
		"nobody":                    {sent{method: "GET", path: "/api/logs"}, apierr.Unauthenticated},
		"a bad token":               {sent{method: "GET", path: "/api/logs", token: "x"}, apierr.Unauthenticated},
		"a user at the trail":       {sent{method: "GET", path: "/api/logs", token: user}, apierr.Forbidden},
		"a user as admin":           {sent{method: "POST", path: "/api/users/invite", token: user, body: `{"email":"a"}`}, apierr.Forbidden},
		"an auditor changes":        {sent{method: "PUT", path: "/api/workflows/wfl_1", token: auditor, body: `{"name":"x"}`}, apierr.Forbidden},
		"role before body":          {sent{method: "PUT", path: "/api/workflows/wfl_1", token: auditor, body: `{`}, apierr.Forbidden},
		"another site":              {sent{method: "POST", path: "/api/users/invite", token: admin, body: `{"email":"a"}`, header: crossSite}, apierr.Forbidden},
		"another site, public":      {sent{method: "POST", path: "/api/auth/login", body: `{"email":"a"}`, header: crossSite}, apierr.Forbidden},
		"another origin":            {sent{method: "POST", path: "/api/users/invite", token: admin, body: `{"email":"a"}`, header: map[string]string{"Origin": "https://evil.example"}}, apierr.Forbidden},
		"no such route":             {sent{method: "GET", path: "/api/nothing", token: admin}, apierr.NotFound},
		"outside the API":           {sent{method: "GET", path: "/nothing"}, apierr.NotFound},
		"an empty segment":          {sent{method: "GET", path: "/api//logs", token: admin}, apierr.NotFound},
		"empty ones first":          {sent{method: "GET", path: "//api/logs", token: admin}, apierr.NotFound},
		"empty ones last":           {sent{method: "GET", path: "/api/logs//", token: admin}, apierr.NotFound},
		"this folder":               {sent{method: "GET", path: "/api/./logs", token: admin}, apierr.NotFound},
		"the folder above":          {sent{method: "GET", path: "/api/workflows/../logs", token: admin}, apierr.NotFound},
		"another site reads":        {sent{method: "GET", path: "/api/logs", token: admin, header: crossSite}, ""},
		"an auditor reads":          {sent{method: "GET", path: "/api/logs", token: auditor}, ""},
		"a bad token where public":  {sent{method: "POST", path: "/api/auth/login", token: "x", body: `{"email":"a"}`}, ""},
		"the cookie":                {sent{method: "GET", path: "/api/logs", header: map[string]string{"Cookie": web.SessionCookie + "=" + admin}}, ""},
		"lower-case scheme":         {sent{method: "GET", path: "/api/logs", header: map[string]string{"Authorization": "bearer " + admin}}, ""},
		"another scheme and cookie": {sent{method: "GET", path: "/api/logs", header: map[string]string{"Authorization": "Basic eDp5", "Cookie": web.SessionCookie + "=" + admin}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := h.send(t, c.sent)
			if g.header.Get("X-Request-Id") == "" || g.header.Get("Cache-Control") != "no-store" || g.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers %v", g.header)
			}
			if c.code == "" {
				if g.status != http.StatusOK {
					t.Fatal(g.body)
				}
				return
			}
			if p := g.problem(t); p.Code != c.code {
				t.Fatalf("%s, want %s", g.body, c.code)
			}
			if challenge := g.header.Get("WWW-Authenticate"); (challenge != "") != (g.status == http.StatusUnauthorized) {
				t.Errorf("WWW-Authenticate %q", challenge)
			}
		})
	}
}

func TestOtherMethod(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites(), lists(), wide())
	for path, allow := range map[string]string{"/api/users/invite": "POST", "/api/logs": "GET, HEAD", "/api/workflows/wfl_1": "PUT", "/api/nothing": ""} {
		for _, method := range []string{"DELETE", "PATCH", "OPTIONS", "BREW"} {
			g := h.send(t, sent{method: method, path: path, token: admin})
			if p := g.problem(t); p.Code != apierr.NotFound || g.header.Get("Allow") != allow {
				t.Errorf("%s %s: %d Allow %q", method, path, g.status, g.header.Get("Allow"))
			}
		}
	}
	if g := h.send(t, sent{method: "HEAD", path: "/api/logs", token: admin}); g.status != http.StatusOK || g.body != "" {
		t.Errorf("HEAD: %d %q", g.status, g.body)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := &script{}
	h := newHome(t, s.invites(), s.login())
	row, _ := route.ByID("auth-login")
	for range row.Rate.Burst {
		if g := h.send(t, sent{method: "POST", path: "/api/auth/login", body: `{"email":"a"}`}); g.status != http.StatusOK {
			t.Fatal(g.body)
		}
	}
	before := len(h.records(t, "_system"))
	g := h.send(t, sent{method: "POST", path: "/api/auth/login", body: `{"email":"a"}`})
	if p := g.problem(t); p.Code != apierr.RateLimited || g.header.Get("Retry-After") != "2" { // 30 a minute
		t.Fatalf("%s, Retry-After %q", g.body, g.header.Get("Retry-After"))
	}
	if after := len(h.records(t, "_system")); after != before {
		t.Errorf("%d records of what the limiter held back", after-before)
	}
	h.clock.Pass(2 * time.Second)
	if g := h.send(t, sent{method: "POST", path: "/api/auth/login", body: `{"email":"a"}`}); g.status != http.StatusOK {
		t.Fatal(g.body)
	}
	// Bad tokens are held back too: each refusal writes a record.
	row, _ = route.ByID("users-invite")
	last := got{}
	for range row.Rate.Burst + 1 {
		last = h.send(t, sent{method: "POST", path: "/api/users/invite", token: "bad", body: `{"email":"a"}`})
	}
	if p := last.problem(t); p.Code != apierr.RateLimited {
		t.Fatal(last.body)
	}
}

// TestOneRecord: each mutating request leaves exactly one record, whatever became of it.
func TestOneRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(h *home) func(context.Context, int64) error
		sent   sent
		status int
		where  string
		want   string
	}{
		"done without a change": {nil, sent{token: admin}, 201, workspace, "request.users-invite done"},
		"done with its own": {func(h *home) func(context.Context, int64) error {
			return func(ctx context.Context, _ int64) error {
				return h.Trail.Commit(ctx, nil, audit.Entry{Action: "user.invite"})
			}
		}, sent{token: admin}, 201, workspace, "user.invite done"},
		"refused with its own": {func(h *home) func(context.Context, int64) error {
			return func(ctx context.Context, _ int64) error {
				return errors.Join(apierr.New(apierr.Conflict, "No."), h.Trail.Commit(ctx, nil, audit.Entry{Action: "user.invite", Outcome: audit.Refused}))
			}
		}, sent{token: admin}, 409, workspace, "user.invite refused"},
		"a note is not its record": {func(h *home) func(context.Context, int64) error {
			return func(ctx context.Context, _ int64) error { return h.Trail.Note(ctx, audit.Entry{Action: "spec.fetch"}) }
		}, sent{token: admin}, 201, workspace, "spec.fetch done, request.users-invite done"},
		"not signed in":    {nil, sent{}, 401, "_system", "request.users-invite refused UNAUTHENTICATED"},
		"not allowed":      {nil, sent{token: user}, 403, workspace, "request.users-invite refused FORBIDDEN"},
		"another site":     {nil, sent{token: admin, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403, workspace, "request.users-invite refused FORBIDDEN"},
		"not valid":        {nil, sent{token: admin, body: `{"email":1}`}, 400, workspace, "request.users-invite refused VALIDATION_FAILED"},
		"too large":        {nil, sent{token: admin, body: `{"email":"` + strings.Repeat("a", 70_000) + `"}`}, 413, workspace, "request.users-invite refused PAYLOAD_TOO_LARGE"},
		"refused":          {fails(apierr.New(apierr.Conflict, "No.")), sent{token: admin}, 409, workspace, "request.users-invite refused CONFLICT"},
		"held back deeper": {fails(apierr.New(apierr.RateLimited, "Wait.")), sent{token: admin}, 429, workspace, "request.users-invite refused RATE_LIMITED"},
		"failed":           {fails(errDefect), sent{token: admin}, 500, workspace, "request.users-invite failed INTERNAL"},
		"panicked": {func(*home) func(context.Context, int64) error {
			return func(context.Context, int64) error { panic("a defect") }
		}, sent{token: admin}, 500, workspace, "request.users-invite failed INTERNAL"},
		"a key too long": {nil, sent{token: admin, header: map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}}, 400, workspace, "request.users-invite refused VALIDATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			h := newHome(t, s.invites())
			if c.do != nil {
				s.do = c.do(h)
			}
			c.sent.method, c.sent.path = "POST", "/api/users/invite"
			if c.sent.body == "" {
				c.sent.body = `{"email":"a"}`
			}
			g := h.send(t, c.sent)
			if g.status != c.status {
				t.Fatalf("%d %s", g.status, g.body)
			}
			if have := strings.Join(h.records(t, c.where), ", "); have != c.want {
				t.Errorf("records %q, want %q", have, c.want)
			}
			if strings.Contains(g.body, "secret thing") || strings.Contains(g.body, "defect") {
				t.Errorf("the cause got out: %s", g.body)
			}
			if g.status == 500 && !strings.Contains(h.log.String(), g.problem(t).RequestID) {
				t.Error("a failure that the log has not")
			}
		})
	}
}

func fails(err error) func(*home) func(context.Context, int64) error {
	return func(*home) func(context.Context, int64) error {
		return func(context.Context, int64) error { return err }
	}
}

// TestRecordOfAnything: no path makes a record impossible, or the chain wrong.
func TestRecordOfAnything(t *testing.T) {
	t.Parallel()
	s := &script{}
	var h *home
	h = newHome(t, s.remove(func() *audit.Trail { return h.Trail }))
	for _, id := range []string{"%ff%fe", "%00", strings.Repeat("%F0%9F%98%80", 5_000), "none%E2%80%A8", "con_1"} {
		h.send(t, sent{method: "DELETE", path: "/api/apis/" + id, token: user})
	}
	if n := len(h.records(t, workspace)); n != 5 {
		t.Errorf("%d records", n)
	}
	v, err := h.Trail.Verify(inWorkspace(t))
	if err != nil || !v.OK {
		t.Errorf("%+v %v", v, err)
	}
}

func TestStoreErrorsTold(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]apierr.Code{
		table.ErrNotFound: apierr.NotFound, table.ErrCondition: apierr.Conflict, &table.ConditionError{Index: 1}: apierr.Conflict,
		table.ErrCursor: apierr.ValidationFailed, table.ErrInvalid: apierr.Internal, table.ErrClosed: apierr.Internal,
		table.ErrThrottled: apierr.Unavailable, table.ErrInDoubt: apierr.Unavailable, blob.ErrUnavailable: apierr.Unavailable, secret.ErrUnavailable: apierr.Unavailable, secret.ErrTampered: apierr.Internal,
	} {
		s := &script{do: func(context.Context, int64) error { return fmt.Errorf("while writing: %w", err) }}
		h := newHome(t, s.invites())
		g := h.send(t, sent{method: "POST", path: "/api/users/invite", token: admin, body: `{"email":"a"}`})
		p := g.problem(t)
		if p.Code != want || strings.Contains(g.body, "while writing") {
			t.Errorf("%v: %s", err, g.body)
		}
		if wait := g.header.Get("Retry-After"); (wait == "2") != (want == apierr.Unavailable && err != table.ErrInDoubt) || wait != "" && wait != "2" { //nolint:errorlint // the very one
			t.Errorf("%v: Retry-After %q", err, wait)
		}
	}
}

func TestTooSlow(t *testing.T) {
	t.Parallel()
	s := &script{do: func(context.Context, int64) error { return context.DeadlineExceeded }}
	h := newHome(t, s.invites())
	// A deadline that is not the request's own is a defect, not the client's news.
	if p := h.send(t, sent{method: "POST", path: "/api/users/invite", token: admin, body: `{"email":"a"}`}).problem(t); p.Code != apierr.Internal {
		t.Error(p)
	}
}

// TestRawAnswer: part of an answer is never ended as if it were whole.
func TestRawAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(w http.ResponseWriter, r *http.Request) error
		want string // a code, "cut" or the body
	}{
		"whole":     {func(w http.ResponseWriter, _ *http.Request) error { _, err := io.WriteString(w, "abc"); return err }, "abc"},
		"empty":     {func(http.ResponseWriter, *http.Request) error { return nil }, ""},
		"not begun": {func(w http.ResponseWriter, _ *http.Request) error { return apierr.New(apierr.NotFound, "No.") }, "NOT_FOUND"},
		"only headers": {func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Disposition", "attachment")
			w.Header().Set("ETag", `"1"`)
			return errDefect
		}, "INTERNAL"},
		"begun": {func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "abc")
			return errDefect
		}, "cut"},
		"begun and sent": {func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "abc")
			_ = http.NewResponseController(w).Flush()
			return errDefect
		}, "cut"},
		"begun, then panicked": {func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "abc")
			panic("a defect")
		}, "cut"},
		"panicked": {func(http.ResponseWriter, *http.Request) error { panic("a defect") }, "INTERNAL"},
		"aborted":  {func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }, "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, file(c.do))
			g := h.send(t, sent{method: "GET", path: "/api/logs/export", token: auditor})
			switch c.want {
			case "cut":
				if g.err == nil {
					t.Fatalf("looks whole: %d %q", g.status, g.body)
				}
			case "NOT_FOUND", "INTERNAL":
				if p := g.problem(t); string(p.Code) != c.want || g.header.Get("Content-Disposition") != "" || g.header.Get("ETag") != "" {
					t.Fatalf("%s %v", g.body, g.header)
				}
			default:
				if g.err != nil || g.body != c.want || g.header.Get("X-Request-Id") == "" {
					t.Fatalf("%v %q", g.err, g.body)
				}
			}
			// The process goes on.
			if g := h.send(t, sent{method: "GET", path: "/api/nothing"}); g.status != http.StatusNotFound {
				t.Fatal(g.err)
			}
		})
	}
}

func TestBoundTwice(t *testing.T) {
	t.Parallel()
	if _, err := web.New([]web.Endpoint{lists(), lists()}, web.Deps{}, nil); err == nil {
		t.Fatal("a route bound twice")
	}
	if missing := web.Missing([]web.Endpoint{lists()}); slices.Contains(missing, "logs-list") || len(missing) != len(route.Table())-1 {
		t.Errorf("missing %v", missing)
	}
}

func TestBindRefusesWhatCannotFit(t *testing.T) {
	t.Parallel()
	for name, bind := range map[string]func(){
		"no such route": func() { bindOnly[web.None]("none") },
		"no such path": func() {
			bindOnly[struct {
				ID string `path:"id"`
			}]("logs-list")
		},
		"a path number": func() {
			bindOnly[struct {
				ID int `path:"id"`
			}]("apis-get")
		},
		"a query list": func() {
			bindOnly[struct {
				Q []string `query:"q"`
			}]("logs-list")
		},
		"a body where none is": func() {
			bindOnly[struct{ Body struct{} }]("apis-get")
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: bound", name)
				}
			}()
			bind()
		}()
	}
}

func bindOnly[In any](id string) web.Endpoint {
	return web.Bind(id, http.StatusOK, func(context.Context, *In) (*web.Reply[web.None], error) { return web.OK(web.None{}) })
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := &script{}
	all := []web.Endpoint{wide(), lists(), s.invites(), file(nil)}
	raw, err := web.OpenAPI(all, "1")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := web.OpenAPI(all, "1")
	if string(raw) != string(again) {
		t.Error("the same input gives other bytes")
	}
	var doc struct {
		Openapi string
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct {
				Name, In string
				Schema   map[string]any
			}
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Required             []string
						AdditionalProperties *bool `json:"additionalProperties"`
						Properties           map[string]any
					}
				}
			} `json:"requestBody"`
			Responses map[string]any
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	put := doc.Paths["/api/workflows/{id}"]["put"]
	body := put.RequestBody.Content["application/json"].Schema
	if put.OperationID != "workflows-update" || !slices.Equal(body.Required, []string{"name"}) || body.AdditionalProperties == nil || *body.AdditionalProperties ||
		!writeOnlyText(body.Properties["key"]) {
		t.Errorf("%+v", put)
	}
	var names []string
	for _, p := range put.Parameters {
		names = append(names, p.In+" "+p.Name)
	}
	if !slices.Equal(names, []string{"path id", "header If-Match", "header Idempotency-Key"}) {
		t.Errorf("parameters %v", names)
	}
	if limit := doc.Paths["/api/logs"]["get"].Parameters[0].Schema; limit["minimum"] != 1.0 || limit["maximum"] != 100.0 || limit["default"] != 25.0 {
		t.Errorf("limit %v", limit)
	}
	var codes []string
	for _, c := range apierr.Codes() {
		codes = append(codes, string(c))
	}
	var code struct{ Enum []string }
	if err := json.Unmarshal(doc.Components.Schemas["Problem"].Properties["code"], &code); err != nil || !slices.Equal(code.Enum, codes) {
		t.Errorf("the codes are not those of the contract: %v %v", code.Enum, err)
	}
}

func writeOnlyText(schema any) bool {
	s, _ := schema.(map[string]any)
	return s["writeOnly"] == true && s["type"] == "string"
}

// TestAccount: who came by a workspace's own sign-in changes nothing of the account.
func TestAccount(t *testing.T) {
	t.Parallel()
	h := newHome(t, web.Bind("auth-email-change", http.StatusOK, func(context.Context, *web.None) (*web.Reply[web.None], error) { return web.OK(web.None{}) }))
	who, ok := h.Auth.(people)
	if !ok {
		t.Fatalf("%T", h.Auth)
	}
	for _, c := range []struct {
		via  *identity.Via
		want int
	}{{nil, http.StatusOK}, {&identity.Via{Provider: "google"}, http.StatusOK}, {&identity.Via{Provider: "okta", Workspace: workspace}, http.StatusForbidden}} {
		p := who[user]
		p.Via = c.via
		who[user] = p
		if g := h.send(t, sent{method: "POST", path: "/api/auth/email", token: user}); g.status != c.want {
			t.Errorf("%+v: %d %s, want %d", c.via, g.status, g.body, c.want)
		}
	}
}

// TestFresh: what takes a recent proof is refused a quarter of an hour after it.
func TestFresh(t *testing.T) {
	t.Parallel()
	h := newHome(t, web.Bind("mfa-totp", http.StatusOK, func(context.Context, *web.None) (*web.Reply[web.None], error) { return web.OK(web.None{}) }))
	who, ok := h.Auth.(people)
	if !ok {
		t.Fatalf("%T", h.Auth)
	}
	p := who[user]
	p.ProvenAt = h.clock.Now()
	who[user] = p
	ask := func() got { return h.send(t, sent{method: "POST", path: "/api/auth/mfa/totp", token: user}) }
	h.clock.Pass(15*time.Minute - time.Second)
	if g := ask(); g.status != http.StatusOK {
		t.Fatal(g.body)
	}
	h.clock.Pass(time.Second)
	if p := ask().problem(t); p.Code != apierr.Forbidden || len(p.Errors) != 1 || p.Errors[0].Path != "session" || p.Errors[0].Code != "confirm" {
		t.Errorf("%+v", p)
	}
}
