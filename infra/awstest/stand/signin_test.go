package stand_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiq/apiq/infra/awstest/stand"
	"github.com/apiq/apiq/infra/hometest"
)

// TestOperatorProviders: a provider of the operator's is offered, people are sent there,
// and the answer is redeemed with the secret that Secrets Manager holds.
func TestOperatorProviders(t *testing.T) {
	t.Parallel()
	const arn, clientSecret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signin-AbCdEf", "only in Secrets Manager"
	var reads, shown atomic.Int32
	secrets := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || in.SecretId != arn {
			t.Errorf("%s of %+v: %v", r.Header.Get("X-Amz-Target"), in, err)
		}
		reads.Add(1)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"ARN": arn, "Name": "signin", "SecretString": `{"OKTA_CLIENT_SECRET":"` + clientSecret + `"}`})
	})
	mux := http.NewServeMux()
	idp := httptest.NewServer(mux)
	t.Cleanup(idp.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", hometest.Reply(200, hometest.Obj{"issuer": idp.URL, "authorization_endpoint": idp.URL + "/authorize",
		"token_endpoint": idp.URL + "/token", "jwks_uri": idp.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}}))
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, plain, _ := r.BasicAuth()
		if text, err := url.QueryUnescape(plain); err == nil && id == "apiq" && text == clientSecret {
			shown.Add(1)
		}
		hometest.Reply(400, hometest.Obj{"error": "invalid_grant"})(w, r)
	})
	home := stand.Start(t, stand.Options{SignIns: arn, Env: map[string]string{"OKTA_ISSUER": idp.URL, "OKTA_CLIENT_ID": "apiq", "SIGNIN_SECRET": arn}, Secrets: secrets})
	anyone := hometest.Nobody(t, home)
	var choices []struct {
		ID         string
		Configured bool
		StartURL   string
	}
	anyone.Must(200, "GET", "/api/auth/providers", nil).Into(t, &choices)
	if len(choices) != 4 || choices[0].ID != "okta" || !choices[0].Configured || choices[1].Configured {
		t.Fatalf("%+v", choices)
	}
	out := anyone.Must(http.StatusSeeOther, "GET", choices[0].StartURL, nil)
	to, err := url.Parse(out.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), idp.URL+"/authorize?") || reads.Load() != 0 {
		t.Fatalf("sent to %s, %v, the secret read %d times", to, err, reads.Load())
	}
	cookie, err := http.ParseSetCookie(strings.Join(out.Header.Values("Set-Cookie"), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	back := anyone.Must(http.StatusSeeOther, "GET", "/api/auth/okta/callback?code=x&state="+url.QueryEscape(to.Query().Get("state")), nil, "Cookie", cookie.Name+"="+cookie.Value)
	if at := back.Header.Get("Location"); !strings.HasPrefix(at, "/login?error=") || shown.Load() != 1 || reads.Load() != 1 {
		t.Errorf("sent to %s; the secret was read %d times, shown %d times", at, reads.Load(), shown.Load())
	}
}
