package stack_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/route"
)

// distribution is the one, without what is around its configuration.
func (a assembly) distribution(t *testing.T) any {
	t.Helper()
	all := a.of("AWS::CloudFront::Distribution")
	if len(all) != 1 {
		t.Fatalf("%d distributions", len(all))
	}
	return all[0].Properties["DistributionConfig"]
}

// Managed policies of CloudFront: nothing is cached; all that the viewer sent but
// Host goes on (CloudFront guide, "Use managed policies").
const (
	cachingDisabled       = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
	allViewerExceptHost   = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
	originSecretReference = "{{resolve:secretsmanager:"
)

// TestOneOrigin: every route is reached through the distribution, uncached and with
// the edge's secret; everything else is the dashboard.
func TestOneOrigin(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, a assembly) {
		d := a.distribution(t)
		var gateway, secret string
		origins, _ := at(d, "Origins").([]any)
		for _, o := range origins {
			header := at(o, "OriginCustomHeaders", 0)
			if header == nil {
				if text(at(o, "OriginAccessControlId")) == "" {
					t.Error("the bucket is open")
				}
				continue
			}
			gateway, secret = text(at(o, "Id")), text(at(header, "HeaderValue"))
			if at(header, "HeaderName") != "X-Apiq-Origin" || !strings.HasPrefix(secret, originSecretReference) ||
				at(o, "CustomOriginConfig", "OriginProtocolPolicy") != "https-only" || !strings.Contains(text(at(o, "DomainName")), ".execute-api.") {
				t.Errorf("%v", o)
			}
		}
		var patterns []string
		behaviours, _ := at(d, "CacheBehaviors").([]any)
		for _, b := range behaviours {
			patterns = append(patterns, text(at(b, "PathPattern")))
			methods := texts(at(b, "AllowedMethods"))
			slices.Sort(methods)
			if text(at(b, "TargetOriginId")) != gateway || at(b, "CachePolicyId") != cachingDisabled || at(b, "OriginRequestPolicyId") != allViewerExceptHost ||
				at(b, "ViewerProtocolPolicy") != "https-only" || len(methods) != 7 || len(at(b, "FunctionAssociations").([]any)) != 1 {
				t.Errorf("%v", b)
			}
		}
		for _, r := range route.Table() {
			if !slices.ContainsFunc(patterns, func(p string) bool {
				prefix, open := strings.CutSuffix(p, "*")
				return r.Path == p || open && strings.HasPrefix(r.Path, prefix)
			}) {
				t.Errorf("%s does not reach the API: %v", r.Path, patterns)
			}
		}
		if at(d, "CustomErrorResponses") != nil {
			t.Error("an error page would take the place of the API's answers")
		}
		if at(d, "DefaultCacheBehavior", "ViewerProtocolPolicy") != "redirect-to-https" {
			t.Error("pages without TLS")
		}
		// The functions and the edge have one secret.
		for _, f := range route.Functions() {
			r := a.one(t, "AWS::Lambda::Function", "FunctionName", a.names.Function(f.ID))
			have := text(at(r.Properties, "Environment", "Variables", "APIQ_ORIGIN_SECRET"))
			if behind := f.Kind == route.KindRoute || f.Kind == route.KindDefault; behind && have != secret || !behind && have != "null" {
				t.Errorf("%s has %s", f.ID, have)
			}
		}
	})
}

// TestAtEdge runs the functions of the distribution, as its runtime would.
func TestAtEdge(t *testing.T) {
	t.Parallel()
	a := built(t, dev)
	run := func(id, uri string) (out struct {
		URI     string                       `json:"uri"`
		Headers map[string]map[string]string `json:"headers"`
	}) {
		code := text(a.one(t, "AWS::CloudFront::Function", "Name", a.names.Of(id)).Properties["FunctionCode"])
		event, err := json.Marshal(map[string]any{"request": map[string]any{"uri": uri, "headers": map[string]any{"host": map[string]string{"value": "apiq.example.com"}}}})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := exec.CommandContext(t.Context(), "node", "-e", code+"\nconsole.log(JSON.stringify(handler("+string(event)+")))").Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for uri, want := range map[string]string{
		"/":                               "/index.html",
		"/index.html":                     "/index.html",
		"/theme.js":                       "/theme.js",
		"/oauth-done.html":                "/oauth-done.html",
		"/assets/index-abc123.js":         "/assets/index-abc123.js",
		"/assets/gone":                    "/assets/gone",
		"/workflows":                      "/index.html",
		"/apis/con_1/endpoints/users.get": "/index.html",
		"/assetsx":                        "/index.html",
	} {
		if have := run("appatedge", uri).URI; have != want {
			t.Errorf("app: %s becomes %s, want %s", uri, have, want)
		}
	}
	for uri, want := range map[string]string{
		"/api/apis/con_1/endpoints/GET%20%2Fusers": "/api/apis/con_1/endpoints/GET%2520%252Fusers",
		"/api/health": "/api/health",
	} {
		out := run("apiatedge", uri)
		if out.URI != want || out.Headers["x-forwarded-host"]["value"] != "apiq.example.com" {
			t.Errorf("api: %s becomes %+v, want %s", uri, out, want)
		}
	}
}
