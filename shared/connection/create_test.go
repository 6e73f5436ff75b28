package connection_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/secret"
)

// TestCreateRefuses: bad input, as JSON, with every problem told by path.
func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 9000)
	cases := map[string]struct {
		in   string
		want map[string]string
	}{
		"nothing":                {`{}`, map[string]string{"/name": "required", "/specUrl": "required", "/authType": "required"}},
		"both documents":         {`{"name":"p","specUrl":"https://e.com","specDocument":"{}","authType":"NONE"}`, map[string]string{"/specDocument": "exclusive"}},
		"long name":              {`{"name":"` + long[:101] + `","specDocument":"{}","authType":"NONE"}`, map[string]string{"/name": "too_long"}},
		"control in name":        {`{"name":"a\nb","specDocument":"{}","authType":"NONE"}`, map[string]string{"/name": "format"}},
		"spec URL scheme":        {`{"name":"p","specUrl":"ftp://e.com/s","authType":"NONE"}`, map[string]string{"/specUrl": "scheme"}},
		"spec URL user":          {`{"name":"p","specUrl":"https://a:b@e.com/s","authType":"NONE"}`, map[string]string{"/specUrl": "userinfo"}},
		"unknown auth":           {`{"name":"p","specDocument":"{}","authType":"MAGIC"}`, map[string]string{"/authType": "enum"}},
		"OAUTH":                  {`{"name":"p","specDocument":"{}","authType":"OAUTH","authConfig":{"grant":"client_credentials","clientId":"x"}}`, map[string]string{"/authConfig/clientSecret": "required"}},
		"TOKEN_EXCHANGE":         {`{"name":"p","specDocument":"{}","authType":"TOKEN_EXCHANGE"}`, map[string]string{"/authConfig/token": "required", "/authConfig/use": "required", "/authConfig/request": "required"}},
		"unknown field":          {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"t","tokn":"t"}}`, map[string]string{"/authConfig/tokn": "unknown_field"}},
		"foreign field":          {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"t","username":"u"}}`, map[string]string{"/authConfig/username": "unknown_field"}},
		"NONE with a token":      {`{"name":"p","specDocument":"{}","authType":"NONE","authConfig":{"token":"t"}}`, map[string]string{"/authConfig/token": "unknown_field"}},
		"wrong types":            {`{"name":"p","specDocument":"{}","authType":"CUSTOM","authConfig":{"headers":{"X-A":1,"X-B":"b"},"query":3}}`, map[string]string{"/authConfig/headers/X-A": "type", "/authConfig/query": "type"}},
		"no key":                 {`{"name":"p","specDocument":"{}","authType":"API_KEY","authConfig":{"in":"body","name":"a b"}}`, map[string]string{"/authConfig/in": "enum", "/authConfig/name": "format", "/authConfig/value": "required"}},
		"no token":               {`{"name":"p","specDocument":"{}","authType":"BEARER"}`, map[string]string{"/authConfig/token": "required"}},
		"word Bearer":            {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"Bearer abc"}}`, map[string]string{"/authConfig/token": "format"}},
		"line break in token":    {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"a\r\nHost: evil"}}`, map[string]string{"/authConfig/token": "format"}},
		"scopes as text":         {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"t","scopes":"read write"}}`, map[string]string{"/authConfig/scopes": "type"}},
		"two in one scope":       {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"t","scopes":["read","a b"]}}`, map[string]string{"/authConfig/scopes/1": "format"}},
		"the token as scope":     {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"t","scopes":["t"]}}`, map[string]string{"/authConfig/scopes/0": "not_allowed"}},
		"scopes of a key":        {`{"name":"p","specDocument":"{}","authType":"API_KEY","authConfig":{"value":"v","scopes":["read"]}}`, map[string]string{"/authConfig/scopes": "unknown_field"}},
		"long token":             {`{"name":"p","specDocument":"{}","authType":"BEARER","authConfig":{"token":"` + long + `"}}`, map[string]string{"/authConfig/token": "too_long"}},
		"basic":                  {`{"name":"p","specDocument":"{}","authType":"BASIC","authConfig":{"username":"a:b"}}`, map[string]string{"/authConfig/username": "format", "/authConfig/password": "required"}},
		"custom, nothing":        {`{"name":"p","specDocument":"{}","authType":"CUSTOM","authConfig":{}}`, map[string]string{"/authConfig/headers": "required"}},
		"custom headers":         {`{"name":"p","specDocument":"{}","authType":"CUSTOM","authConfig":{"headers":{"Host":"x","X Y":"x","Transfer-Encoding":"x","X-Ok":"a\nb","X-Empty":""}}}`, map[string]string{"/authConfig/headers/Host": "not_allowed", "/authConfig/headers/X Y": "format", "/authConfig/headers/Transfer-Encoding": "not_allowed", "/authConfig/headers/X-Ok": "format", "/authConfig/headers/X-Empty": "required"}},
		"slash in a name":        {`{"name":"p","specDocument":"{}","authType":"CUSTOM","authConfig":{"headers":{"a/b":"x"}}}`, map[string]string{"/authConfig/headers/a~1b": "format"}},
		"AWS, nothing":           {`{"name":"p","specDocument":"{}","authType":"AWS_SIGV4"}`, map[string]string{"/authConfig/accessKeyId": "format", "/authConfig/secretAccessKey": "required", "/authConfig/region": "format", "/authConfig/service": "format"}},
		"AWS, a foreign field":   {`{"name":"p","specDocument":"{}","authType":"AWS_SIGV4","authConfig":{"accessKeyId":"A","secretAccessKey":"s","region":"r","service":"s3","token":"t"}}`, map[string]string{"/authConfig/token": "unknown_field"}},
		"HMAC, nothing":          {`{"name":"p","specDocument":"{}","authType":"HMAC"}`, map[string]string{"/authConfig/secret": "required", "/authConfig/scheme": "required"}},
		"HMAC, unknown field":    {`{"name":"p","specDocument":"{}","authType":"HMAC","authConfig":{"secret":"s","scheme":{"template":"{body}","name":"X","nme":"X"}}}`, map[string]string{"/authConfig/scheme": "type"}},
		"HMAC, bad scheme":       {`{"name":"p","specDocument":"{}","authType":"HMAC","authConfig":{"secret":"zz","scheme":{"template":"{bdy}","name":"Host","secretEncoding":"hex"}}}`, map[string]string{"/authConfig/scheme/template": "unknown_name", "/authConfig/scheme/name": "not_allowed", "/authConfig/secret": "format"}},
		"HMAC, its secret shown": {`{"name":"p","specDocument":"{}","authType":"HMAC","authConfig":{"secret":"s3cr3t","scheme":{"template":"{body}s3cr3t","name":"X-S"}}}`, map[string]string{"/authConfig/scheme/template": "not_allowed"}},
		"HMAC, a place twice":    {`{"name":"p","specDocument":"{}","authType":"HMAC","authConfig":{"secret":"s","headers":{"x-s":"1"},"scheme":{"template":"{body}","name":"X-S"}}}`, map[string]string{"/authConfig/scheme/name": "exclusive"}},
	}
	h := newHome(t, options{})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var input connection.CreateInput
			check(t, json.Unmarshal([]byte(c.in), &input))
			ctx := in(t, "wsp_"+strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r
				}
				return -1
			}, name))
			_, err := h.Create(ctx, input)
			if diff := cmp.Diff(c.want, paths(wantCode(t, err, apierr.ValidationFailed))); diff != "" {
				t.Error(diff)
			}
			if list, _, err := h.List(ctx, 10, ""); err != nil || len(list) != 0 {
				t.Errorf("stored %v, %v", list, err)
			}
		})
	}
}

// TestCreateFails: what the document is the matter with; nothing is stored.
func TestCreateFails(t *testing.T) {
	t.Parallel()
	relative := strings.NewReplacer(`"http://pets.example.com/v0"`, `"/v0"`, `"https://{region}.pets.example.com/v1/"`, `"/v1"`).Replace(pets)
	noKey := strings.Replace(pets, `"securitySchemes":{`, `"securitySchemes":{},"x":{`, 1)
	local := strings.NewReplacer(`http://pets.example.com/v0`, `http://10.1.2.3/`, `https://{region}.pets.example.com/v1/`, `http://[fd00::1]/`).Replace(pets)
	key := connection.AuthConfig{Value: secret.New("k")}
	cases := map[string]struct {
		in   connection.CreateInput
		code apierr.Code
		path string
	}{
		"404":                      {connection.CreateInput{SpecURL: serve(t, http.NotFound)}, apierr.SpecUnreachable, ""},
		"private spec URL":         {connection.CreateInput{SpecURL: "http://10.0.0.1/spec.json"}, apierr.EgressBlocked, "/specUrl"},
		"metadata spec URL":        {connection.CreateInput{SpecURL: "http://169.254.169.254/"}, apierr.EgressBlocked, "/specUrl"},
		"pasted HTML":              {connection.CreateInput{SpecDocument: "<html></html>"}, apierr.SpecInvalid, ""},
		"pasted bad YAML":          {connection.CreateInput{SpecDocument: "a: [b"}, apierr.SpecInvalid, ""},
		"relative server, no home": {connection.CreateInput{SpecDocument: connection.Text(relative)}, apierr.ValidationFailed, "/baseUrl"},
		"private server":           {connection.CreateInput{SpecDocument: connection.Text(local)}, apierr.EgressBlocked, "/baseUrl"},
		"private base URL":         {connection.CreateInput{SpecDocument: pets, BaseURL: "http://192.168.1.1"}, apierr.EgressBlocked, "/baseUrl"},
		"unknown variable":         {connection.CreateInput{SpecDocument: pets, BaseURL: "https://{tenant}.e.com"}, apierr.ValidationFailed, "/variables/tenant"},
		"no place for the key":     {connection.CreateInput{SpecDocument: connection.Text(noKey), AuthType: connection.AuthAPIKey, AuthConfig: key}, apierr.ValidationFailed, "/authConfig/name"},
	}
	h := newHome(t, options{})
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := in(t, "wsp_"+strings.ReplaceAll(strings.ReplaceAll(name, " ", "_"), ",", ""))
			c.in.Name = "p"
			if c.in.AuthType == "" {
				c.in.AuthType = connection.AuthNone
			}
			_, err := h.Create(ctx, c.in)
			e := wantCode(t, err, c.code)
			if _, ok := paths(e)[c.path]; c.path != "" && !ok {
				t.Errorf("problems %+v, want one at %s", e.Problems, c.path)
			}
			if list, _, _ := h.List(ctx, 10, ""); len(list) != 0 {
				t.Errorf("stored %v", list)
			}
			for _, r := range h.records(t, ctx) {
				if r.Action == connection.ActionCreate {
					t.Errorf("recorded %+v", r)
				}
			}
		})
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	src := &source{body: pets}
	h, ctx := newHome(t, options{}), in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{
		Name: "  My pets ", SpecURL: serve(t, src.ServeHTTP) + "/spec.json", Variables: map[string]string{"region": "us"},
		AuthType: connection.AuthAPIKey, AuthConfig: connection.AuthConfig{Value: secret.New("k3y")},
	})
	check(t, err)
	if c.Name != "My pets" || c.BaseURL != "https://us.pets.example.com/v1" || !slices.Equal(c.Origins, []string{"https://us.pets.example.com"}) ||
		c.Auth.In != "query" || c.Auth.Name != "api_key" || !slices.Equal(c.Auth.Set, []string{"value"}) || c.EndpointCount != 4 ||
		c.SpecFormat != "OpenAPI 3.0.3 (json)" || c.SpecVersion != "1.2.0" || c.Status != connection.StatusActive || c.Version != 1 || c.LastUpdated.IsZero() {
		t.Errorf("%+v", c)
	}
	if c.Risk.Level != connection.RiskMedium {
		t.Errorf("risk %+v", c.Risk)
	}
	got, err := h.Get(ctx, c.ID)
	check(t, err)
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	cred, err := h.Credential(trying(ctx), c.ID)
	check(t, err)
	if cred.Value.Reveal() != "k3y" || cred.In != "query" || cred.Name != "api_key" || !slices.Equal(cred.Origins, c.Origins) {
		t.Errorf("%+v", cred)
	}
	recs := h.records(t, ctx)
	if len(recs) != 2 || recs[1].Action != connection.ActionCreate || recs[1].Resource != c.ID || recs[1].Level != audit.Info {
		t.Errorf("%+v", recs)
	}
	// The same document, pasted in either form, needs no address.
	for _, body := range []string{string(mustJSON(t, pets)), pets} {
		var input connection.CreateInput
		check(t, json.Unmarshal([]byte(`{"name":"pasted","authType":"NONE","specDocument":`+body+`}`), &input))
		p, err := h.Create(ctx, input)
		check(t, err)
		if p.SpecHash != c.SpecHash || p.SpecURL != "" || p.BaseURL != "https://eu.pets.example.com/v1" {
			t.Errorf("%+v", p)
		}
	}
	list, next, err := h.List(ctx, 2, "")
	check(t, err)
	rest, end, err := h.List(ctx, 2, next)
	check(t, err)
	if len(list) != 2 || list[0].ID != c.ID || len(rest) != 1 || end != "" {
		t.Errorf("%d and %d listed", len(list), len(rest))
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	check(t, err)
	return b
}

func TestTenantsApart(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	a, b := in(t, "wsp_a"), in(t, "wsp_b")
	c, err := h.Create(a, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthBearer, AuthConfig: connection.AuthConfig{Token: secret.New("t")}})
	check(t, err)
	name := "mine"
	_, getErr := h.Get(b, c.ID)
	_, credErr := h.Credential(trying(b), c.ID)
	_, updateErr := h.Update(b, c.ID, 0, connection.UpdateInput{Name: &name})
	_, refreshErr := h.Refresh(b, c.ID)
	_, _, listErr := h.Endpoints(b, c.ID, "", 10, "")
	_, detailErr := h.Endpoint(b, c.ID, "listPets")
	for what, err := range map[string]error{
		"get": getErr, "credential": credErr, "update": updateErr, "refresh": refreshErr, "endpoints": listErr, "endpoint": detailErr,
		"delete": h.Delete(b, c.ID), "mark": h.MarkStatus(b, c.ID, connection.StatusUnreachable, ""),
	} {
		if apierr.CodeOf(err) != apierr.NotFound {
			t.Errorf("%s across the border: %v", what, err)
		}
	}
	h.Used(b, c.ID, nil)
	if got, err := h.Get(a, c.ID); err != nil || !got.LastUsed.IsZero() {
		t.Errorf("another workspace's use is noted: %v", err)
	}
	if list, _, _ := h.List(b, 10, ""); len(list) != 0 {
		t.Errorf("lists %v", list)
	}
	if _, err := h.Get(t.Context(), c.ID); err == nil {
		t.Error("read without a workspace")
	}
	if cred, err := h.Credential(trying(a), c.ID); err != nil || cred.Token.Reveal() != "t" {
		t.Error("the owner's credential has changed")
	}
}

// TestScopes: what a token was granted is shown with the connection, sorted and once, and
// goes with the credential that it belongs to.
func TestScopes(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: pets, AuthType: connection.AuthBearer,
		AuthConfig: connection.AuthConfig{Token: secret.New("t"), Scopes: []string{"write", "read", "write"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Get(ctx, c.ID)
	if err != nil || !slices.Equal(got.Auth.Scopes, []string{"read", "write"}) || !slices.Equal(got.Auth.Set, []string{"token"}) {
		t.Errorf("%+v, err %v", got.Auth, err)
	}
	name := "q"
	if got, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{Name: &name}); err != nil || len(got.Auth.Scopes) != 2 {
		t.Errorf("renamed: %+v, err %v", got.Auth, err)
	}
	if got, err = h.Update(ctx, c.ID, 0, connection.UpdateInput{AuthConfig: &connection.AuthConfig{Token: secret.New("u")}}); err != nil || got.Auth.Scopes != nil {
		t.Errorf("another token: %+v, err %v", got.Auth, err)
	}
}

// TestSecuritySchemes: a form can ask for what the document asks for; lists stay small.
func TestSecuritySchemes(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	ctx := in(t, "wsp_a")
	many := make([]string, 0, 3000)
	for i := range cap(many) {
		many = append(many, fmt.Sprintf(`"scope:%d":"What the scope of this number is for"`, i))
	}
	large := strings.Replace(pets, `"other":{`, `"grant":{"type":"oauth2","flows":{"implicit":{"scopes":{`+strings.Join(many, ",")+`}}}},"other":{`, 1)
	for doc, want := range map[string][]string{pets: {"key", "other"}, large: nil} {
		c, err := h.Create(ctx, connection.CreateInput{Name: "p", SpecDocument: connection.Text(doc), AuthType: connection.AuthNone})
		check(t, err)
		got, err := h.Get(ctx, c.ID)
		if names := slices.Sorted(maps.Keys(got.SecuritySchemes)); err != nil || !slices.Equal(names, want) {
			t.Errorf("schemes %v, err %v, want %v", names, err, want)
		}
	}
	list, _, err := h.List(ctx, 10, "")
	for _, c := range list {
		if err != nil || c.SecuritySchemes != nil {
			t.Errorf("in a list: %v, err %v", c.SecuritySchemes, err)
		}
	}
}
