package grant

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/connection"
)

// TestAnswersAsProvidersGiveThem: forms of real answers, their values made up.
func TestAnswersAsProvidersGiveThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		media, body string
		o           connection.OAuth
		want        answer
	}{
		"RFC 6749":      {"application/json", `{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"b a"}`, connection.OAuth{}, answer{"a", "r", time.Hour, []string{"a", "b"}, ""}},
		"GitHub":        {"application/x-www-form-urlencoded; charset=utf-8", `access_token=gho_1&scope=repo%2Cgist&token_type=bearer`, connection.OAuth{}, answer{access: "gho_1", scopes: []string{"gist", "repo"}}},
		"number text":   {"application/json", `{"access_token":"a","expires_in":"3599"}`, connection.OAuth{}, answer{access: "a", life: 3599 * time.Second}},
		"no end":        {"application/json", `{"access_token":"a","expires_in":0}`, connection.OAuth{}, answer{access: "a"}},
		"below zero":    {"application/json", `{"access_token":"a","expires_in":-5}`, connection.OAuth{}, answer{access: "a"}},
		"beyond all":    {"application/json", `{"access_token":"a","expires_in":1e300}`, connection.OAuth{}, answer{access: "a", life: maxLife}},
		"not a number":  {"application/json", `{"access_token":"a","expires_in":"NaN"}`, connection.OAuth{}, answer{access: "a"}},
		"scopes listed": {"application/json", `{"access_token":"a","scope":["x","y","x"]}`, connection.OAuth{}, answer{access: "a", scopes: []string{"x", "y"}}},
		"no scopes":     {"application/json", `{"access_token":"a","scope":""}`, connection.OAuth{}, answer{access: "a", scopes: []string{}}},
		"Slack's user": {"application/json", `{"ok":true,"access_token":"xoxb","scope":"bot","authed_user":{"access_token":"xoxp","refresh_token":"ru","scope":"chat:write,users:read","expires_in":43200}}`,
			connection.OAuth{TokenPointer: "/authed_user/access_token"}, answer{"xoxp", "ru", 12 * time.Hour, []string{"chat:write", "users:read"}, ""}},
		"elsewhere": {"text/json", `{"data":{"token":"a"},"life":{"s":60}}`, connection.OAuth{TokenPointer: "/data/token", ExpiresInPointer: "/life/s"}, answer{access: "a", life: time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, f := parse(200, http.Header{"Content-Type": {c.media}}, []byte(c.body), c.o, 0)
			if f != nil {
				t.Fatal(f)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(answer{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"access_token":"a"}`, `access_token=a&scope=b`, `{"error":{"type":"x"}}`, `{"ok":false}`, `{"a":{"b":{"c":1}}}`, "", "{", `{"id_token":"a.b.c"}`} {
		f.Add(seed, "/a/b/c")
	}
	f.Fuzz(func(t *testing.T, body, pointer string) {
		for _, media := range []string{"application/json", "text/plain"} {
			if !strings.HasPrefix(pointer, "/") {
				pointer = ""
			}
			a, fault := parse(200, http.Header{"Content-Type": {media}}, []byte(body), connection.OAuth{TokenPointer: pointer}, 0)
			if fault == nil && !plainToken(a.access) {
				t.Fatalf("%q is no token that can be sent", a.access)
			}
			if a.life < 0 || a.life > maxLife || strings.ContainsAny(a.email, "\r\n\x00") {
				t.Fatalf("%+v", a)
			}
			if fault != nil && strings.Contains(fault.detail, "\n") {
				t.Fatal(fault.detail)
			}
		}
	})
}
