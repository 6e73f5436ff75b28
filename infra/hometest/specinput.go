package hometest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
)

// testSpecInput: what is refused before any fetch, and by which path.
func testSpecInput(t *testing.T, h *house) {
	p := Register(t, h, "ada")
	shop := NewShop(t)
	doc := json.RawMessage(ShopDocument())
	cases := []struct {
		name  string
		body  Obj
		paths []string
	}{
		{"neither", Obj{"name": "X", "authType": "NONE"}, []string{"/specUrl"}},
		{"both", Obj{"name": "X", "authType": "NONE", "specUrl": shop.URL, "specDocument": doc}, []string{"/specDocument"}},
		{"no name", Obj{"authType": "NONE", "specDocument": doc}, []string{"/name"}},
		{"name too long", Obj{"name": strings.Repeat("x", 101), "authType": "NONE", "specDocument": doc}, []string{"/name"}},
		{"no type", Obj{"name": "X", "specDocument": doc}, []string{"/authType"}},
		{"no such type", Obj{"name": "X", "specDocument": doc, "authType": "MAGIC"}, []string{"/authType"}},
		{"nothing of an exchange", Obj{"name": "X", "specDocument": doc, "authType": "TOKEN_EXCHANGE"}, []string{"/authConfig/request", "/authConfig/token", "/authConfig/use"}},
		{"a list for a document", Obj{"name": "X", "specDocument": []int{1}, "authType": "NONE"}, []string{"/specDocument"}},
		{"another scheme", Obj{"name": "X", "specUrl": "file:///etc/passwd", "authType": "NONE"}, []string{"/specUrl"}},
		{"no address", Obj{"name": "X", "specUrl": "nonsense", "authType": "NONE"}, []string{"/specUrl"}},
		{"base URL of another scheme", Obj{"name": "X", "specDocument": doc, "baseUrl": "ftp://x", "authType": "NONE"}, []string{"/baseUrl"}},
		{"relative document, no base URL", Obj{"name": "X", "specDocument": doc, "authType": "NONE"}, []string{"/baseUrl"}},
		{"unknown field of the credential", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "BEARER", "authConfig": Obj{"token": "t", "zzz": 1}}, []string{"/authConfig/zzz"}},
		{"field of another type", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "BEARER", "authConfig": Obj{"token": "t", "password": "p"}}, []string{"/authConfig/password"}},
		{"nothing of the credential", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "BASIC"}, []string{"/authConfig/username", "/authConfig/password"}},
		{"header of the transport", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "CUSTOM", "authConfig": Obj{"headers": Obj{"Host": "x"}}}, []string{"/authConfig/headers/Host"}},
		{"header with a line break", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "CUSTOM", "authConfig": Obj{"headers": Obj{"X-A": "a\r\nb"}}}, []string{"/authConfig/headers/X-A"}},
		{"key in a wrong place", Obj{"name": "X", "specDocument": doc, "baseUrl": shop.URL, "authType": "API_KEY", "authConfig": Obj{"in": "body", "name": "k", "value": "v"}}, []string{"/authConfig/in"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := p.With(t)
			p.Refused(apierr.ValidationFailed, "POST", "/api/apis", c.body, c.paths...)
		})
	}
	// As text, as JSON, in YAML.
	yaml := "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {/a: {get: {operationId: a, responses: {'200': {description: ok}}}}}\n"
	for i, d := range []any{doc, ShopDocument(), yaml, json.RawMessage(`{"swagger":"2.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`)} {
		var con struct {
			ID, Status, SpecHash, SpecVersion, SpecFormat, SpecURL string
			EndpointCount                                          int
		}
		p.Must(201, "POST", "/api/apis", Obj{"name": fmt.Sprintf("U%d", i), "specDocument": d, "baseUrl": shop.URL, "authType": "NONE"}).Into(t, &con)
		if con.Status != "ACTIVE" || con.EndpointCount == 0 || con.SpecHash == "" || con.SpecVersion != "1" || con.SpecURL != "" {
			t.Errorf("%d: %+v", i, con)
		}
		p.Refused(apierr.ValidationFailed, "POST", "/api/apis/"+con.ID+"/refresh", nil, "/specUrl")
	}
	if n := len(items(t, p.Must(200, "GET", "/api/apis?q=u2", nil))); n != 1 {
		t.Errorf("%d connections with U2 in their name", n)
	}
	if n := len(items(t, p.Must(200, "GET", "/api/apis?q=nothing", nil))); n != 0 {
		t.Errorf("%d connections with nothing in their name", n)
	}
}
