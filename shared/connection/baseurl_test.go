package connection_test

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec"
)

func server(url string, vars ...string) spec.Server {
	s := spec.Server{URL: url, Variables: map[string]spec.ServerVariable{}}
	for i := 0; i+1 < len(vars); i += 2 {
		s.Variables[vars[i]] = spec.ServerVariable{Default: vars[i+1]}
	}
	return s
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	const doc = "https://docs.example.com/api/spec.json?token=x"
	cases := []struct {
		name, given, spec string
		vars              map[string]string
		servers           []spec.Server
		want              string // or the path of the first problem, or an error code
	}{
		{"given", "https://API.example.com/v1/", doc, nil, nil, "https://api.example.com/v1"},
		{"given beats servers", "https://a.example.com", doc, nil, []spec.Server{server("https://b.example.com")}, "https://a.example.com"},
		{"first https", "", doc, nil, []spec.Server{server("http://a.example.com"), server("https://b.example.com"), server("https://c.example.com")}, "https://b.example.com"},
		{"http alone", "", doc, nil, []spec.Server{server("http://a.example.com/")}, "http://a.example.com"},
		{"relative", "", doc, nil, []spec.Server{server("/v2")}, "https://docs.example.com/v2"},
		{"relative to the folder", "", doc, nil, []spec.Server{server("v2")}, "https://docs.example.com/api/v2"},
		{"dots resolved", "", doc, nil, []spec.Server{server("../v2")}, "https://docs.example.com/v2"},
		{"scheme-relative", "", doc, nil, []spec.Server{server("//a.example.com/v2")}, "https://a.example.com/v2"},
		{"no servers", "", doc, nil, nil, "https://docs.example.com"},
		{"no servers, no address", "", "", nil, nil, "/baseUrl"},
		{"relative, no address", "", "", nil, []spec.Server{server("/v2")}, "/baseUrl"},
		{"defaults", "", doc, nil, []spec.Server{server("https://{host}:{port}/{path}", "host", "a.example.com", "port", "8443", "path", "v1")}, "https://a.example.com:8443/v1"},
		{"filled", "", doc, map[string]string{"shop": "mine"}, []spec.Server{server("https://{shop}.example.com", "shop", "")}, "https://mine.example.com"},
		{"given template", "https://{shop}.example.com", doc, map[string]string{"shop": "mine"}, nil, "https://mine.example.com"},
		{"given template, default", "https://{shop}.example.com", doc, nil, []spec.Server{server("https://{shop}.e.com", "shop", "demo")}, "https://demo.example.com"},
		{"whole address as default", "", doc, nil, []spec.Server{server("{base}/v1", "base", "https://a.example.com")}, "https://a.example.com/v1"},
		{"unicode host", "https://bücher.example.com", doc, nil, nil, "https://xn--bcher-kva.example.com"},
		{"missing value", "", doc, nil, []spec.Server{server("https://{shop}.example.com")}, "/variables/shop"},
		{"unknown value", "https://e.com", doc, map[string]string{"a": "b"}, nil, "/variables/a"},
		{"enum", "", doc, map[string]string{"r": "xx"}, []spec.Server{{URL: "https://{r}.e.com", Variables: map[string]spec.ServerVariable{"r": {Default: "eu", Enum: []string{"eu"}}}}}, "/variables/r"},
		{"at sign in a value", "https://{a}.e.com", doc, map[string]string{"a": "x@evil.com"}, nil, "/variables/a"},
		{"hash in a value", "https://{a}.e.com", doc, map[string]string{"a": "evil.com#"}, nil, "/variables/a"},
		{"query in a value", "https://{a}.e.com", doc, map[string]string{"a": "evil.com?"}, nil, "/variables/a"},
		{"braces", "https://{a.e.com", doc, nil, nil, "/baseUrl"},
		{"stray brace", "https://a}.e.com", doc, nil, nil, "/baseUrl"},
		{"nested braces", "https://{{a}}.e.com", doc, nil, nil, "/baseUrl"},
		{"user", "https://u:p@e.com", doc, nil, nil, "/baseUrl"},
		{"query", "https://e.com/?a=b", doc, nil, nil, "/baseUrl"},
		{"fragment", "https://e.com/#x", doc, nil, nil, "/baseUrl"},
		{"scheme", "ftp://e.com", doc, nil, nil, "/baseUrl"},
		{"script", "javascript:alert(1)", doc, nil, nil, "/baseUrl"},
		{"no host", "https:///x", doc, nil, nil, "/baseUrl"},
		{"dots", "https://e.com/a/../b", doc, nil, nil, "/baseUrl"},
		{"loopback", "http://localhost:1", doc, nil, nil, string(apierr.EgressBlocked)},
		{"decimal address", "http://2130706433/", doc, nil, nil, string(apierr.EgressBlocked)},
		{"mapped address", "http://[::ffff:10.0.0.1]/", doc, nil, nil, string(apierr.EgressBlocked)},
		{"private server skipped", "", doc, nil, []spec.Server{server("https://10.0.0.1"), server("http://a.example.com")}, "http://a.example.com"},
		{"private server alone", "", doc, nil, []spec.Server{server("https://10.0.0.1")}, string(apierr.EgressBlocked)},
	}
	h := newHome(t, options{allow: "192.0.2.0/24"})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := h.ResolveBase(c.given, c.spec, c.vars, c.servers)
			if err != nil {
				got = string(apierr.CodeOf(err))
				if p := apierr.From(err).Problems; len(p) > 0 {
					got = p[0].Path
				}
			}
			if got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	h := newHome(t, options{})
	servers := []spec.Server{server("https://{r}.example.com/v1", "r", "eu")}
	for given, want := range map[string]bool{
		"https://us.example.com": true, "https://example.com": false, "https://us.example.com.evil.com": false, "https://evil.com/us.example.com": false,
	} {
		_, named, err := h.ResolveBase(given, "", nil, servers)
		if err != nil || named != want {
			t.Errorf("%s: named %t, %v", given, named, err)
		}
	}
}

// FuzzBaseURL: whatever is given, the outcome is a problem or an absolute http(s)
// URL with a host and nothing else that could carry or lose a credential.
func FuzzBaseURL(f *testing.F) {
	f.Add("https://{a}.example.com/{b}", "https://d.example.com/s.json", "https://{a}.e.com", "a", "x", "b", "y")
	f.Add("", "https://d.example.com/s.json", "{base}/v1", "base", "https://e.com", "", "")
	f.Add("", "", "//e.com/{a}", "a", "../..", "", "")
	f.Add("https://e.com\\@evil.com", "", "", "", "", "", "")
	f.Add("https://{a}{b}", "", "", "a", "e.com:", "b", "80")
	f.Add("https://{a}:{b}@e.com", "", "", "a", "u", "b", "p")
	f.Add("https://[::1]:{a}/%2f{b}%zz", "", "", "a", "80", "b", "%2e")
	h := newHome(f, options{allow: "0.0.0.0/0"})
	f.Fuzz(func(t *testing.T, given, specURL, srv, n1, v1, n2, v2 string) {
		vars := map[string]string{n1: v1, n2: v2}
		maps.DeleteFunc(vars, func(k, _ string) bool { return k == "" })
		got, _, err := h.ResolveBase(given, specURL, vars, []spec.Server{server(srv)})
		if err != nil {
			if code := apierr.CodeOf(err); code != apierr.ValidationFailed && code != apierr.EgressBlocked {
				t.Fatalf("%v", err)
			}
			return
		}
		u, err := url.Parse(got)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(got, "{}#?@\\ ") || strings.HasSuffix(got, "/") {
			t.Fatalf("%q with %v gives %q, %v", given, vars, got, err)
		}
		if u.String() != got {
			t.Fatalf("%q is not its own form: %q", got, u)
		}
	})
}
