package call_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

func TestTry(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(500, `{"no":1}`)(w, r)
			return
		}
		reply(200, `{"ok":"no boolean"}`, "Set-Cookie", "session=abc", "X-Plain", "p")(w, r)
	})
	k := newKit(t, a.URL, nil)
	got, err := k.svc.Try(k.ctx, "con_1", "list", call.TryInput{Parameters: map[string]json.RawMessage{"page": json.RawMessage(`2`)}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != 200 || got.Valid == nil || *got.Valid || len(got.Problems) != 1 || got.Headers["x-plain"] != "p" ||
		strings.Contains(got.Headers["set-cookie"], "abc") || a.hit(0).URL.RawQuery != "page=2" {
		t.Errorf("%+v", got)
	}
	equalJSON(t, got.Body, `{"ok":"no boolean"}`)
	if got, err = k.svc.Try(k.ctx, "con_1", "create", call.TryInput{Body: json.RawMessage(`{}`)}); err != nil || got.Status != 500 || a.count() != 2 || got.Valid != nil {
		t.Errorf("an unsafe call is made once, and any answer is a result: %+v %v", got, err)
	}
	if got, err = k.svc.Try(k.ctx, "con_1", "odd", call.TryInput{}); err != nil || got.Valid != nil || len(got.Problems) != 1 || got.Problems[0].Code != "unchecked" {
		t.Errorf("what cannot be followed is told: %+v %v", got, err)
	}
	if got, err = k.svc.Try(k.ctx, "con_1", "create", call.TryInput{Body: json.RawMessage(`[1]`)}); err != nil || len(got.Problems) != 1 || got.Problems[0].Path != "/request/body" {
		t.Errorf("what was sent is compared with the document too: %+v %v", got, err)
	}
	for _, c := range []struct{ connection, operation, params, want string }{
		{"con_2", "list", `{}`, "NOT_FOUND"}, {"con_1", "none", `{}`, "NOT_FOUND"}, {"con_1", "list", `{"x":1}`, "VALIDATION_FAILED"}, {"con_1", "replace", `{}`, "VALIDATION_FAILED"},
	} {
		in := call.TryInput{}
		if err := json.Unmarshal([]byte(c.params), &in.Parameters); err != nil {
			t.Fatal(err)
		}
		if _, err := k.svc.Try(k.ctx, c.connection, c.operation, in); code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if len(k.steps()) != 0 || k.used != 4 {
		t.Errorf("%d journal entries, used %d times", len(k.steps()), k.used)
	}
}

func TestTryFailures(t *testing.T) {
	t.Parallel()
	for want, h := range map[string]http.HandlerFunc{
		"UPSTREAM_ERROR":   cut,
		"UPSTREAM_TIMEOUT": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		a := newAPI(t, h)
		k := newKit(t, a.URL, func(k *kit) {
			if want == "UPSTREAM_TIMEOUT" {
				k.opts.Timeout = 200 * time.Millisecond
			}
		})
		if _, err := k.svc.Try(k.ctx, "con_1", "list", call.TryInput{}); code(err) != want || a.count() > 1 {
			t.Errorf("%v after %d, want %s", err, a.count(), want)
		}
	}
}

func TestTestOfAConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		h      http.HandlerFunc
		ok     bool
		status int
		code   string
	}{
		"fine":     {reply(200, `{}`), true, 200, ""},
		"refused":  {reply(401, `{}`), false, 401, "CREDENTIALS_INVALID"},
		"scope":    {reply(403, `{}`), false, 403, "CREDENTIALS_INVALID"},
		"unknown":  {reply(404, `{}`), false, 404, "UPSTREAM_ERROR"},
		"failing":  {reply(502, `{}`), false, 502, "UPSTREAM_ERROR"},
		"slowdown": {reply(429, `{}`), true, 429, ""},
		"cut":      {cut, false, 0, "UPSTREAM_ERROR"},
		"slow":     {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false, 0, "UPSTREAM_TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, c.h)
			k := newKit(t, a.URL, func(k *kit) {
				if k.conn.AuthType = connection.AuthBearer; name == "slow" {
					k.opts.Timeout = 100 * time.Millisecond
				}
				k.cred = connection.Credential{Type: connection.AuthBearer, Token: secret.New("t")}
			})
			got, err := k.svc.Test(k.ctx, "con_1")
			if err != nil || got.OK != c.ok || got.Status != c.status || string(got.Code) != c.code || got.Detail == "" || got.Operation != "me" {
				t.Errorf("%+v %v", got, err)
			}
			if name == "slow" {
				return // on a busy machine the request may not even have arrived
			}
			if a.hit(0).URL.Path != "/me" || a.hit(0).Header.Get("Authorization") != "Bearer t" {
				t.Error("the credential was not tested")
			}
		})
	}
	k := newKit(t, "http://127.0.0.1:1", nil)
	if _, err := k.svc.Test(k.ctx, "con_2"); code(err) != "NOT_FOUND" {
		t.Error(err)
	}
}
