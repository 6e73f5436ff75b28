package hometest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// provider is an authorisation server and the API behind it. Its refresh tokens rotate,
// each token of it is valid until the next, and it remembers every secret that passed.
type provider struct {
	url string

	mu      sync.Mutex
	n       int
	codes   map[string]url.Values
	refresh string
	access  string
	revoked string
	asked   int
	entered bool // the code on the other device
	secrets map[string]string
}

func newGrantor(t testing.TB) *provider {
	t.Helper()
	p := &provider{codes: map[string]url.Values{}, secrets: map[string]string{"client secret": "canary/CLIENT+S3cr3t=="}}
	p.url = source(t, p.serve)
	return p
}

// secret makes a new one of a kind.
func (p *provider) secret(kind string) string {
	p.n++
	s := fmt.Sprintf("canary/%s-%d+S3cr3t==", strings.ToUpper(kind), p.n)
	p.secrets[fmt.Sprintf("%s %d", kind, p.n)] = s
	return s
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	switch r.URL.Path {
	case "/openapi.json":
		text("application/json", strings.ReplaceAll(grantDocument, "$AT", p.url))(w, r)
	case "/token":
		p.token(w, r)
	case "/device":
		Reply(200, Obj{"device_code": p.secret("device"), "user_code": "WDJB-MJHT", "verification_uri": "https://provider.example/device", "expires_in": 600, "interval": 5})(w, r)
	case "/revoke":
		p.revoked = r.PostForm.Get("token")
	default: // the API: it gives back what it was asked with
		if p.access == "" || r.Header.Get("Authorization") != "Bearer "+p.access {
			Reply(401, Obj{"error": "no"})(w, r)
			return
		}
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		Reply(200, Obj{"email": "ada@provider.example", "auth": r.Header.Get("Authorization")})(w, r)
	}
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	form := r.PostForm
	p.asked++
	id, secret, _ := r.BasicAuth()
	if plain, err := url.QueryUnescape(secret); err != nil || id != "app" || plain != p.secrets["client secret"] {
		Reply(401, Obj{"error": "invalid_client"})(w, r)
		return
	}
	ok, scope := false, "read"
	switch form.Get("grant_type") {
	case "authorization_code":
		asked, known := p.codes[form.Get("code")]
		delete(p.codes, form.Get("code"))
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		ok = known && asked.Get("code_challenge") == base64.RawURLEncoding.EncodeToString(sum[:]) && asked.Get("redirect_uri") == form.Get("redirect_uri")
		p.secrets["verifier"], scope = form.Get("code_verifier"), asked.Get("scope")
	case "refresh_token":
		ok = p.refresh != "" && form.Get("refresh_token") == p.refresh
	case "client_credentials":
		ok = true
	default:
		if ok = p.entered; !ok {
			Reply(400, Obj{"error": "authorization_pending"})(w, r)
			return
		}
	}
	if !ok {
		Reply(400, Obj{"error": "invalid_grant"})(w, r)
		return
	}
	p.access, p.refresh = p.secret("access"), p.secret("refresh")
	// So short a life that each request renews it.
	Reply(200, Obj{"access_token": p.access, "refresh_token": p.refresh, "expires_in": "0.001", "token_type": "bearer", "scope": scope})(w, r)
}

// agrees is what the person's browser brings back after they agreed.
func (p *provider) agrees(t testing.TB, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.url+"/authorize?") {
		t.Fatalf("sent to %s: %v", address, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := p.secret("code")
	p.codes[code] = u.Query()
	return url.Values{"state": {u.Query().Get("state")}, "code": {code}, "iss": {p.url}, "session_state": {"x"}}
}

func (p *provider) held() (access, refresh, revoked string, asked int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.access, p.refresh, p.revoked, p.asked
}

const grantDocument = `{"openapi":"3.0.3","info":{"title":"Guarded","version":"1"},"servers":[{"url":"$AT"}],"security":[{"login":["read"]}],
"paths":{"/me":{"get":{"operationId":"me","summary":"Who am I","responses":{"200":{"description":"ok"}}}},
"/admin":{"get":{"operationId":"admin","summary":"Administer","security":[{"login":["admin"]}],"responses":{"200":{"description":"ok"}}}}},
"components":{"securitySchemes":{"login":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"$AT/authorize","tokenUrl":"$AT/token","scopes":{"read":"r","admin":"a"}},
"clientCredentials":{"tokenUrl":"/token","scopes":{}}}}}}}`
