package connection_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
)

// FuzzAuthConfig: whatever object comes, it is refused by path or taken; what is
// told of it, or printed, never holds a secret of it.
func FuzzAuthConfig(f *testing.F) {
	for _, s := range []string{
		`{"token":"s3cr3t-0123456789"}`, `{"value":"s3cr3t-0123456789","in":"cookie","name":"sid"}`, `{"username":"u","password":""}`,
		`{"headers":{"X-A":"s3cr3t-0123456789"},"query":{"a":null}}`, `{"headers":[]}`, `{"token":{"a":1}}`, `null`, `{"in":1,"grant":2}`,
		`{"username":"s3cr3t-0123456789","password":""}`, `{"token":"s3cr3t-0123456789","scopes":["read","s3cr3t-0123456789"]}`,
		`{"secret":"s3cr3t-0123456789","scheme":{"template":"{method}{body}","name":"X-Sign"},"headers":{"x-sign":"1"}}`, `{"secret":"s3cr3t-0123456789","scheme":{"template":"s3cr3t-0123456789{nonce}","x":1}}`,
		`{"request":{"url":"https://a.example","headers":{"X":"{{a}}"},"body":{"x":["{{base64:a:b}}"]}},"token":"/t","use":{"in":"query","name":"t"},"values":{"a":"s3cr3t-0123456789","b":"x"}}`,
		`{"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"s3cr3t-0123456789","region":"EU","service":"s3"}`,
	} {
		f.Add(s)
	}
	types := []connection.AuthType{connection.AuthNone, connection.AuthAPIKey, connection.AuthBearer, connection.AuthBasic, connection.AuthCustom, connection.AuthAWS, connection.AuthHMAC, connection.AuthTokenExchange}
	h := newHome(f, options{})
	ctx := in(f, "wsp_a")
	f.Fuzz(func(t *testing.T, raw string) {
		var c connection.AuthConfig
		if json.Unmarshal([]byte(raw), &c) != nil {
			return
		}
		for _, kind := range types {
			// The document is refused after the credential is checked: nothing is stored.
			_, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: "<html>", AuthType: kind, AuthConfig: c})
			e := apierr.From(err)
			if e.Code != apierr.ValidationFailed && e.Code != apierr.SpecInvalid {
				t.Fatalf("%s: %v", kind, err)
			}
			for _, p := range e.Problems {
				if e.Code == apierr.ValidationFailed && !strings.HasPrefix(p.Path, "/authConfig") {
					t.Fatalf("%s: %+v", kind, p)
				}
			}
			told := fmt.Sprintf("%v %+v %v", err, e.Problems, c.Token)
			for _, secret := range []string{c.Token.Reveal(), c.Value.Reveal(), c.Password.Reveal(), c.Secret.Reveal(), c.SecretAccessKey.Reveal()} {
				if len(secret) > 12 && !strings.Contains("[secret]", secret) && strings.Contains(told, secret) {
					t.Fatalf("%q tells %q", told, secret)
				}
			}
		}
	})
}
