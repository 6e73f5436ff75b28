package call_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

func TestEachAuthTypeReachesTheAPI(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cred connection.Credential
		seen func(*http.Request) string
		want string
	}{
		"none":   {connection.Credential{Type: connection.AuthNone}, func(r *http.Request) string { return r.Header.Get("Authorization") }, ""},
		"bearer": {connection.Credential{Type: connection.AuthBearer, Token: secret.New("tok")}, func(r *http.Request) string { return r.Header.Get("Authorization") }, "Bearer tok"},
		"basic": {connection.Credential{Type: connection.AuthBasic, Username: "u", Password: secret.New("p:w")},
			func(r *http.Request) string { u, p, _ := r.BasicAuth(); return u + "|" + p }, "u|p:w"},
		"key in header": {connection.Credential{Type: connection.AuthAPIKey, In: "header", Name: "X-Key", Value: secret.New("k")},
			func(r *http.Request) string { return r.Header.Get("X-Key") }, "k"},
		"key in query": {connection.Credential{Type: connection.AuthAPIKey, In: "query", Name: "api key", Value: secret.New("k&=/")},
			func(r *http.Request) string { return r.URL.Query().Get("api key") }, "k&=/"},
		"key in cookie": {connection.Credential{Type: connection.AuthAPIKey, In: "cookie", Name: "sid", Value: secret.New("k")},
			func(r *http.Request) string { c, err := r.Cookie("sid"); _ = err; return c.Value }, "k"},
		"custom": {connection.Credential{Type: connection.AuthCustom, Headers: map[string]secret.Secret{"X-A": secret.New("a")}, Query: map[string]secret.Secret{"q": secret.New("b")}},
			func(r *http.Request) string { return r.Header.Get("X-A") + r.URL.Query().Get("q") }, "ab"},
		"exchanged": {connection.Credential{Type: connection.AuthTokenExchange, In: "header", Name: "X-Key", Value: secret.New("Token t"), Token: secret.New("t")},
			func(r *http.Request) string { return r.Header.Get("X-Key") }, "Token t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, reply(200, `{"ok":true}`))
			k := newKit(t, a.URL, func(k *kit) { k.cred, k.conn.AuthType = c.cred, c.cred.Type })
			if _, failed := k.handle(k.task("list")); failed != "" {
				t.Fatal(failed)
			}
			if got := c.seen(a.hit(0)); got != c.want {
				t.Errorf("the API saw %q", got)
			}
			k.cred.Origins = []string{"https://elsewhere.example", strings.Replace(a.URL, "http:", "https:", 1)}
			task := k.task("list")
			task.Path = "foreign"
			if _, failed := k.handle(task); failed != "" {
				t.Fatal(failed)
			}
			r := a.hit(1)
			if r.Header.Get("Authorization") != "" || r.Header.Get("X-Key") != "" || r.Header.Get("X-A") != "" || r.Header.Get("Cookie") != "" || r.URL.RawQuery != "" {
				t.Errorf("a credential left for an origin it is not bound to: %v %s", r.Header, r.URL)
			}
		})
	}
}

func TestCredentialCannotBeReplacedOrSplit(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{"ok":true}`))
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.AuthType = connection.AuthAPIKey
		k.cred = connection.Credential{Type: connection.AuthAPIKey, In: "header", Name: "X-Key", Value: secret.New("k")}
	})
	for i, h := range []string{`{"Authorization":"x"}`, `{"x-key":"other"}`, `{"Host":"internal"}`, `{"Cookie":"a=b"}`, `{"X-A":"b\r\nX-B: c"}`, `{"X\r\nA":"b"}`,
		`{"Content-Length":"5"}`, `{"Transfer-Encoding":"chunked"}`, `{"Proxy-Authorization":"x"}`, `{"X-Forwarded-For":"127.0.0.1"}`} {
		task := k.task("list")
		task.Path = string(rune('a' + i))
		if err := json.Unmarshal([]byte(h), &task.Headers); err != nil {
			t.Fatal(err)
		}
		if _, failed := k.handle(task); failed != call.ErrSchemaMismatch {
			t.Errorf("%s: %s", h, failed)
		}
	}
	k.cred.Value = secret.New("line\r\nbreak")
	if _, failed := k.handle(k.task("list")); failed != call.ErrReauthorize {
		t.Errorf("a credential with a line break: %s", failed)
	}
	if a.count() != 0 {
		t.Errorf("%d requests left", a.count())
	}
}

func TestRedirectToAnotherOriginDropsTheCredential(t *testing.T) {
	t.Parallel()
	other := newAPI(t, reply(200, `{"ok":true}`))
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", http.StatusFound) })
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.AuthType = connection.AuthBearer
		k.cred = connection.Credential{Type: connection.AuthBearer, Token: secret.New("tok")}
	})
	if _, failed := k.handle(k.task("list")); failed != "" {
		t.Fatal(failed)
	}
	if a.hit(0).Header.Get("Authorization") == "" || other.hit(0).Header.Get("Authorization") != "" {
		t.Error("the credential went along")
	}
}

func TestGrantRefusedMeansReauthorise(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(401, `{}`))
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.AuthType = connection.AuthOAuth
		k.cred = connection.Credential{Type: connection.AuthOAuth, Token: secret.New("tok")}
	})
	if _, failed := k.handle(k.task("list")); failed != call.ErrReauthorize {
		t.Error(failed)
	}
}

// TestRefusedTokenIsReplaced: an API that refuses a token is asked once more with another,
// by whatever class of request, and once only.
func TestRefusedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	next := func(c connection.Credential) (connection.Credential, error) {
		c.Token, c.Serial = secret.New(fmt.Sprintf("tok%d", c.Serial+1)), c.Serial+1
		return c, nil
	}
	down := func(connection.Credential) (connection.Credential, error) {
		return connection.Credential{}, apierr.New(apierr.UpstreamError, "The provider is down.")
	}
	for name, c := range map[string]struct {
		takes  string // the token that the API takes
		renews func(connection.Credential) (connection.Credential, error)
		want   string
		hits   int
	}{
		"the next one is taken": {"Bearer tok2", next, "", 2},
		"no one is taken":       {"", next, call.ErrReauthorize, 2},
		"there is no other":     {"", nil, call.ErrReauthorize, 1},
		"the provider is down":  {"", down, call.ErrHTTPNetwork, 1},
	} {
		for _, operation := range []string{"list", "create"} {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") != c.takes {
						w.WriteHeader(401)
					}
					_, _ = w.Write([]byte(`{"ok":true}`))
				})
				k := newKit(t, a.URL, func(k *kit) {
					k.conn.AuthType, k.renews = connection.AuthOAuth, c.renews
					k.cred = connection.Credential{Type: connection.AuthOAuth, Token: secret.New("tok1"), Serial: 1, Origins: k.conn.Origins}
				})
				_, failed := k.handle(k.task(operation))
				if failed != c.want || a.count() != c.hits || len(k.refused) != 1 || k.refused[0] != 1 {
					t.Errorf("%q after %d requests, refused %v", failed, a.count(), k.refused)
				}
				got, err := k.svc.Try(k.ctx, "con_1", operation, call.TryInput{})
				if (err == nil && got.Status == 200) != (c.want == "") || a.count() != 2*c.hits {
					t.Errorf("tried: %+v %v after %d requests", got, err, a.count())
				}
				test, err := k.svc.Test(k.ctx, "con_1")
				if err != nil || test.OK != (c.want == "") {
					t.Errorf("tested: %+v %v", test, err)
				}
			})
		}
	}
}

// TestExpiredTokenIsReplaced: where an API says in its body that the token has ended, the
// step, a test and a try go on with another.
func TestExpiredTokenIsReplaced(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok2" {
			_, _ = w.Write([]byte(`{"error":"token_expired"}`))
			return
		}
		_, _ = w.Write([]byte(`{"ok":true}`))
	})
	k := newKit(t, a.URL, func(k *kit) {
		k.conn.AuthType, k.conn.Settings = connection.AuthOAuth, connection.Settings{ExpiredWhen: "{% $response.body.error = 'token_expired' %}"}
		k.cred = connection.Credential{Type: connection.AuthOAuth, Token: secret.New("tok1"), Serial: 1, Origins: k.conn.Origins}
		k.renews = func(c connection.Credential) (connection.Credential, error) {
			c.Token, c.Serial = secret.New("tok2"), 2
			return c, nil
		}
	})
	if _, failed := k.handle(k.task("create")); failed != "" || a.count() != 2 {
		t.Errorf("%q after %d requests", failed, a.count())
	}
	if got, err := k.svc.Try(k.ctx, "con_1", "list", call.TryInput{}); err != nil || string(got.Body) != `{"ok":true}` {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := k.svc.Test(k.ctx, "con_1"); err != nil || !got.OK {
		t.Errorf("%+v %v", got, err)
	}
}

func TestSSRFBaseURLIsNotCalled(t *testing.T) {
	t.Parallel()
	a := newAPI(t, reply(200, `{}`))
	k := newKit(t, a.URL, func(k *kit) { k.allow = "203.0.113.0/24" })
	if _, failed := k.handle(k.task("create")); failed != call.ErrEgressBlocked || a.count() != 0 {
		t.Errorf("%s, %d requests", failed, a.count())
	}
	if _, err := k.svc.Try(k.ctx, "con_1", "list", call.TryInput{}); code(err) != "EGRESS_BLOCKED" {
		t.Error(err)
	}
	r, err := k.svc.Test(k.ctx, "con_1")
	if err != nil || r.OK || r.Code != "EGRESS_BLOCKED" {
		t.Errorf("%+v %v", r, err)
	}
}
