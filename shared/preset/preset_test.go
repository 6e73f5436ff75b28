package preset_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/preset"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/spectest"
)

var types = []connection.AuthType{connection.AuthAPIKey, connection.AuthBearer, connection.AuthBasic, connection.AuthOAuth, connection.AuthCustom,
	connection.AuthAWS, connection.AuthHMAC, connection.AuthTokenExchange}

var variable = regexp.MustCompile(`\{([^{}]*)\}`)

// address checks an address whose variables are declared.
func address(t *testing.T, p preset.Preset, what, text string) {
	t.Helper()
	if text == "" {
		return
	}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(p.Variables, func(v preset.Variable) bool { return v.Name == m[1] }) {
			t.Errorf("%s: %s has a variable that is not declared: %s", p.ID, what, text)
		}
	}
	u, err := url.Parse(variable.ReplaceAllString(text, "x"))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" && what != "helpUrl" {
		t.Errorf("%s: %s is not a complete https address: %s", p.ID, what, text)
	}
}

// TestEachPreset: the data is whole, says what its auth type needs and nothing else, and
// holds no secret.
func TestEachPreset(t *testing.T) {
	t.Parallel()
	all := preset.Find(preset.Query{})
	if len(all) < 50 {
		t.Fatalf("%d presets", len(all))
	}
	seen := map[string]bool{}
	for _, p := range all {
		if !regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString(p.ID) || seen[p.ID] || p.Name == "" || p.Category == "" || len(p.Hosts) == 0 || !slices.Contains(types, p.AuthType) {
			t.Errorf("%+v", p)
		}
		seen[p.ID] = true
		address(t, p, "baseUrl", p.BaseURL)
		address(t, p, "specUrl", p.SpecURL)
		address(t, p, "helpUrl", p.HelpURL)
		of := append([]connection.AuthType{p.AuthType}, p.Also...)
		for _, a := range p.Also {
			if !slices.Contains(types, a) || a == p.AuthType {
				t.Errorf("%s: also %s", p.ID, a)
			}
		}
		for kind, there := range map[connection.AuthType]bool{connection.AuthOAuth: p.OAuth != nil, connection.AuthAWS: p.AWS != nil, connection.AuthHMAC: p.Scheme != nil} {
			if slices.Contains(of, kind) != there {
				t.Errorf("%s: %s, and what it needs there: %v", p.ID, kind, there)
			}
		}
		if p.AuthType == connection.AuthAPIKey && p.APIKey == nil || p.AuthType == connection.AuthCustom && len(p.Headers)+len(p.Query) == 0 {
			t.Errorf("%s does not say where its secret goes", p.ID)
		}
		if o := p.OAuth; o != nil {
			for what, text := range map[string]string{"authorizeUrl": o.AuthorizeURL, "tokenUrl": o.TokenURL, "refreshUrl": o.RefreshURL, "revokeUrl": o.RevokeURL, "deviceUrl": o.DeviceURL, "accountUrl": o.AccountURL} {
				address(t, p, what, text)
			}
			if o.TokenURL == "" || o.AuthorizeURL == "" && o.Grant != connection.GrantClientCredentials || o.ClientID != "" ||
				!slices.Contains([]string{"basic", "post", "none"}, o.ClientAuth) || !slices.Contains([]string{"", ","}, o.ScopeSeparator) ||
				(o.AccountPointer != "") != (o.AccountURL != "") || o.AccountPointer != "" && o.AccountPointer[0] != '/' {
				t.Errorf("%s: %+v", p.ID, o)
			}
		}
		if p.OAuth == nil && len(p.Scopes) > 0 || len(p.Scopes) > 0 && !slices.ContainsFunc(p.Scopes, func(s preset.Scope) bool { return s.Default }) {
			t.Errorf("%s: scopes without OAuth, or none by default", p.ID)
		}
		for _, s := range p.Scopes {
			if s.Name == "" || s.Says == "" || strings.ContainsAny(s.Name, " ,;\"\\") {
				t.Errorf("%s: %+v", p.ID, s)
			}
		}
		if p.Scheme != nil {
			if faults := p.Scheme.Check(); faults != nil {
				t.Errorf("%s: %v", p.ID, faults)
			}
		}
		if v := p.Verify; v != nil && (!strings.HasPrefix(v.Path, "/") || v.Pointer != "" && v.Pointer[0] != '/') {
			t.Errorf("%s: %+v", p.ID, v)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	ids := func(q preset.Query) string {
		var out []string
		for _, p := range preset.Find(q) {
			out = append(out, p.ID)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		q    preset.Query
		want string
	}{
		{preset.Query{Words: "GIT hub"}, "github"},
		{preset.Query{Words: "git"}, "github gitlab digitalocean"},
		{preset.Query{Words: "google drive"}, "google-drive"},
		{preset.Query{Words: "no such"}, ""},
		{preset.Query{Host: "https://api.github.com/v3"}, "github"},
		{preset.Query{Host: "acme.zendesk.com"}, "zendesk"},
		{preset.Query{Host: "ACME.zendesk.com"}, "zendesk"},
		{preset.Query{Host: "zendesk.com.evil.example"}, ""},
		{preset.Query{Host: "evil.example/x.zendesk.com"}, ""},
		{preset.Query{Host: "www.googleapis.com", Title: "Calendar API"}, "google-calendar google-drive"},
		{preset.Query{Title: "Stripe API"}, "stripe"},
		{preset.Query{Title: "GitHub v3 REST API"}, "github"},
		{preset.Query{Title: "GitHubber"}, ""},
		{preset.Query{Words: "drive", Host: "www.googleapis.com"}, "google-drive"},
		{preset.Query{Host: "abc.execute-api.eu-central-1.amazonaws.com"}, "aws-api-gateway"},
	} {
		if got := ids(c.q); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
}

// differs is where a preset says other than the vendor's document on purpose.
var differs = map[string]string{
	"slack": "the document describes the flow before v2, which new applications cannot use",
}

// fits says whether a document's path, its variables filled, is this one.
func fits(template, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	pattern := variable.ReplaceAllString(strings.NewReplacer(".", `\.`, "+", `\+`).Replace(template), `[^/]+`)
	ok, err := regexp.MatchString("^"+pattern+"$", path)
	return err == nil && ok
}

// TestCorpusAgrees holds presets against the vendors' documents in $DATA/specs: the
// addresses of the flows, and that there are such scopes.
func TestCorpusAgrees(t *testing.T) {
	t.Parallel()
	data := os.Getenv("DATA")
	if data == "" {
		t.Skip("corpus left out: DATA is not set")
	}
	compared := 0
	for file, id := range map[string]string{"box.json.gz": "box", "discord.json.gz": "discord", "figma.yaml.gz": "figma", "slack.json.gz": "slack", "spotify-fixed.yaml.gz": "spotify",
		"square.json.gz": "square", "xero-accounting.yaml.gz": "xero", "github.json.gz": "github", "stripe.yaml.gz": "stripe", "twilio-api.json.gz": "twilio", "openai.yaml.gz": "openai",
		"datadog.yaml.gz": "datadog", "klaviyo.json.gz": "klaviyo", "docusign-esign-v2.json.gz": "docusign"} {
		doc, err := spec.Parse(t.Context(), spectest.Read(t, filepath.Join(data, "specs", file)), nil)
		if err != nil {
			t.Fatal(file, err)
		}
		info := doc.Info()
		query := preset.Query{Title: info.Title}
		found := preset.Find(query)
		if len(found) == 0 && len(info.Servers) > 0 {
			found = preset.Find(preset.Query{Host: info.Servers[0].URL})
		}
		if len(found) != 1 || found[0].ID != id {
			t.Errorf("%s (%q) is not recognised as %s: %d", file, info.Title, id, len(found))
			continue
		}
		p := found[0]
		kinds := map[string]bool{}
		for _, s := range info.SecuritySchemes {
			kinds[s.Type+s.Scheme+s.Name] = true
			for name, f := range s.Flows {
				if p.OAuth == nil || name != "authorizationCode" && name != "accessCode" || differs[id] != "" {
					continue
				}
				if !slices.ContainsFunc(p.Scopes, func(s preset.Scope) bool { _, ok := f.Scopes[s.Name]; return ok }) {
					continue // a flow for something else
				}
				compared++
				if f.AuthorizationURL != p.OAuth.AuthorizeURL || f.TokenURL != p.OAuth.TokenURL {
					t.Errorf("%s: %s %s, the document has %s %s", id, p.OAuth.AuthorizeURL, p.OAuth.TokenURL, f.AuthorizationURL, f.TokenURL)
				}
				for _, s := range p.Scopes {
					if _, ok := f.Scopes[s.Name]; !ok && !slices.Contains([]string{"offline_access", "openid", "email", "profile"}, s.Name) {
						t.Errorf("%s: the document has no scope %s", id, s.Name)
					}
				}
			}
		}
		if k := p.APIKey; k != nil && !kinds["apiKey"+k.Name] {
			t.Errorf("%s: the document has no key in %s: %v", id, k.Name, kinds)
		}
		for _, h := range p.Headers {
			if !kinds["apiKey"+h.Name] {
				t.Errorf("%s: the document has no key in %s", id, h.Name)
			}
		}
		if p.Verify != nil && info.Servers != nil && strings.HasSuffix(strings.TrimRight(info.Servers[0].URL, "/"), strings.TrimPrefix(p.BaseURL, "https://")) {
			if !slices.ContainsFunc(doc.Summaries(), func(s spec.Summary) bool { return s.Method == "GET" && fits(s.Path, p.Verify.Path) }) {
				t.Errorf("%s: the document has no GET %s", id, p.Verify.Path)
			}
		}
	}
	if compared < 5 {
		t.Errorf("%d flows were compared", compared)
	}
}

// TestPresetsMakeConnections: what a preset says is taken by who checks connections.
func TestPresetsMakeConnections(t *testing.T) {
	t.Parallel()
	for _, p := range preset.Find(preset.Query{}) {
		if p.OAuth == nil {
			continue
		}
		raw, err := json.Marshal(p.OAuth)
		if err != nil {
			t.Fatal(err)
		}
		var c connection.AuthConfig
		if err := json.Unmarshal(raw, &c); err != nil || len(c.Extra)+len(c.Mistyped) > 0 {
			t.Errorf("%s: %v %v %v", p.ID, err, c.Extra, c.Mistyped)
		}
	}
}
