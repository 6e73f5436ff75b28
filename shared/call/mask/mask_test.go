package mask_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/call/mask"
	"github.com/apiq/apiq/shared/secret"
)

const value = `S3cr/et+"\<ü>=%&`

func masker(names ...string) *mask.Masker {
	return mask.New([]secret.Secret{secret.New(value)}, names...)
}

func TestEveryFormIsMasked(t *testing.T) {
	t.Parallel()
	quoted, _ := json.Marshal(value)
	forms := map[string]string{
		"raw": value, "json": string(quoted), "html": html.EscapeString(value), "query": url.QueryEscape(value), "path": url.PathEscape(value),
		"hex": hex.EncodeToString([]byte(value)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(value))),
		"lower percent": strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3C", "%3c", "%C3", "%c3", "%BC", "%bc", "%3E", "%3e", "%3D", "%3d", "%5C", "%5c").Replace(url.QueryEscape(value)),
	}
	for prefix := range 3 {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString([]byte(strings.Repeat("u", prefix) + value + "tail"))
			forms["base64 "+text] = text
		}
	}
	whole := base64.StdEncoding.EncodeToString([]byte(value))
	forms["base64 in a query"] = url.QueryEscape(whole)
	m := masker()
	for name, form := range forms {
		got := m.Text("before " + form + " after")
		if !strings.Contains(got, secret.Redacted) || strings.Contains(got, form) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") {
			t.Errorf("%s: %s", name, got)
		}
		// Of base64 inside longer base64 at most the shared characters at both ends stay.
		for i := 0; strings.HasPrefix(name, "base64") && i+12 <= len(form)-8; i++ {
			if i >= 4 && strings.Contains(got, form[i:i+12]) {
				t.Errorf("%s: %q stays", name, form[i:i+12])
			}
		}
	}
}

func TestBodyByNameAndValue(t *testing.T) {
	t.Parallel()
	quoted, _ := json.Marshal(value)
	escaped := ""
	for _, r := range value {
		escaped += `\u` + hex.EncodeToString([]byte{byte(r >> 8), byte(r)})
	}
	for _, c := range []struct{ contentType, in, want string }{
		{"application/json", `{"b":1.50,"a":` + string(quoted) + `,"a":2}`, `{"b":1.50,"a":"[secret]","a":2}`},
		{"application/json", `{"a":"x` + escaped + `y"}`, `{"a":"x[secret]y"}`},
		{"application/json", `{` + string(quoted) + `:1}`, `{"[secret]":1}`},
		{"application/json", `{"access_token":"t","client-secret":5,"Password":null,"token_type":"bearer","next_page_token":"n","max_tokens":7}`,
			`{"access_token":"[secret]","client-secret":"[secret]","Password":null,"token_type":"bearer","next_page_token":"n","max_tokens":7}`},
		{"application/json", `{"credentials":{"user":"u","list":["a",1,true]},"after":"x"}`, `{"credentials":{"user":"[secret]","list":["[secret]","[secret]",true]},"after":"x"}`},
		{"application/json", `not json ` + value, `not json [secret]`},
		{"application/json", `{"a":1} {"password":"x"}`, `{"a":1} {"password":"x"}`},
		{"application/x-www-form-urlencoded", `user=u&password=p&card%5Bcvc%5D=123&x=` + url.QueryEscape(value), `user=u&password=[secret]&card%5Bcvc%5D=[secret]&x=[secret]`},
		{"text/plain", value, "[secret]"},
		{"", "", ""},
	} {
		if got := string(masker().Body(c.contentType, []byte(c.in))); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
	if got := masker().Value(json.RawMessage(`{"password":"p","a":` + string(quoted) + `}`)); string(got) != `{"password":"p","a":"[secret]"}` {
		t.Errorf("a value keeps its fields: %s", got)
	}
}

func TestHeadersAndURL(t *testing.T) {
	t.Parallel()
	m := masker("X-Custom", "k")
	got := m.Header(http.Header{"Authorization": {"Bearer x"}, "X-Api-Key": {"x"}, "Set-Cookie": {"a=b"}, "X-Custom": {"short"}, "X-Auth-Token": {"x"}, "Plain": {"a", "b"},
		"Echo": {"got " + value}, "Location": {"https://h/?k=1&a=2"}})
	for name, want := range map[string]string{"authorization": "[secret]", "x-api-key": "[secret]", "set-cookie": "[secret]", "x-custom": "[secret]", "x-auth-token": "[secret]",
		"plain": "a, b", "echo": "got [secret]", "location": "https://h/?k=[secret]&a=2"} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
	u, err := url.Parse("https://h.example/p/" + url.PathEscape(value) + "?k=1&api_key=2&q=" + url.QueryEscape(value) + "&z=3")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.URL(u); got != "https://h.example/p/[secret]?k=[secret]&api_key=[secret]&q=[secret]&z=3" {
		t.Error(got)
	}
}

func TestShortSecretsOnlyAsAWhole(t *testing.T) {
	t.Parallel()
	m := mask.New([]secret.Secret{secret.New("test"), {}})
	if got := m.Value(json.RawMessage(`{"a":"test","b":"testing a test"}`)); string(got) != `{"a":"[secret]","b":"testing a test"}` {
		t.Errorf("%s", got)
	}
	if got := (*mask.Masker)(nil).Text("x"); got != "x" {
		t.Error(got)
	}
	if got := mask.New([]secret.Secret{secret.New("Token abcdefghijklmnop")}).Text("abcdefghijklmnop"); got != secret.Redacted {
		t.Error("the part after the scheme stays")
	}
}

// FuzzMask looks for a panic, and for the secret in what came out.
func FuzzMask(f *testing.F) {
	f.Add("application/json", `{"a":"sEcReT-vAlUe","b":[1,{"password":"x"}]}`)
	f.Add("application/x-www-form-urlencoded", `a=sEcReT-vAlUe&b[password]=%zz`)
	f.Add("text/plain", "\xffsEcReT-vAlUe")
	m := mask.New([]secret.Secret{secret.New("sEcReT-vAlUe")})
	f.Fuzz(func(t *testing.T, contentType, body string) {
		out := string(m.Body(contentType, []byte(body)))
		if strings.Contains(out, "sEcReT-vAlUe") {
			t.Fatalf("%q", out)
		}
		if v := m.Value(json.RawMessage(body)); json.Valid([]byte(body)) && !json.Valid(v) {
			t.Fatalf("%q became %q", body, v)
		}
	})
}
