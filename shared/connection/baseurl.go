package connection

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"github.com/apiq/apiq/shared/spec"
)

const (
	maxBase     = 2048
	maxValue    = 256
	maxVars     = 32
	maxServers  = 64 // of a document that are tried
	maxTemplate = 4096
)

// varValue is what a variable may be filled with. A value may bring a path, or a
// whole address where the template begins with it; nothing that could turn what
// follows into a query, a fragment or user information.
var varValue = regexp.MustCompile(`^[A-Za-z0-9._~:/-]+$`)

// base says where requests go, and where that was taken from.
type base struct {
	url *url.URL
	// named is true where the document names the address, or the one it is under.
	named bool
}

// resolveBase finds the base URL: the one given, or the first server of the
// document that can be used, https before http. Relative servers are resolved
// against the document's own address. Problems have paths of the request.
func (s *Service) resolveBase(given, specURL string, vars map[string]string, servers []spec.Server) (base, problems, error) {
	servers = servers[:min(len(servers), maxServers)]
	if given != "" {
		defs := map[string]spec.ServerVariable{}
		for _, server := range servers {
			for name, def := range server.Variables {
				if _, ok := defs[name]; !ok {
					defs[name] = def
				}
			}
		}
		var p problems
		u := makeBase(given, nil, vars, defs, "/baseUrl", &p)
		if len(p) > 0 {
			return base{}, p, nil
		}
		return base{url: u, named: named(u, servers, specURL)}, nil, s.guard.CheckURL(u)
	}
	return s.fromServers(specURL, vars, servers)
}

func (s *Service) fromServers(specURL string, vars map[string]string, servers []spec.Server) (base, problems, error) {
	if len(servers) == 0 && specURL != "" {
		servers = []spec.Server{{URL: "/"}} // OpenAPI 3.1, 4.8.1: the default
	}
	document, _ := url.Parse(specURL)
	if specURL == "" {
		document = nil
	}
	var best *url.URL
	var first problems
	var refused error
	for _, server := range servers {
		var p problems
		u := makeBase(server.URL, document, vars, server.Variables, "/baseUrl", &p)
		if len(p) > 0 {
			if first == nil {
				first = p
			}
			continue
		}
		if err := s.guard.CheckURL(u); err != nil {
			if refused == nil {
				refused = err
			}
			continue
		}
		if best == nil || best.Scheme == "http" && u.Scheme == "https" {
			best = u
		}
	}
	switch {
	case best != nil:
		return base{url: best, named: true}, nil, nil
	case refused != nil:
		return base{}, nil, refused
	case first != nil:
		return base{}, first, nil
	}
	first.add("/baseUrl", "required", "The document does not say where the API is: give its base URL.")
	return base{}, first, nil
}

// makeBase fills a template and makes an absolute URL of it.
func makeBase(template string, document *url.URL, vars map[string]string, defs map[string]spec.ServerVariable, path string, p *problems) *url.URL {
	before := len(*p)
	text := expand(template, vars, defs, p)
	if len(*p) > before {
		return nil
	}
	bad := func(code, message string) *url.URL { p.add(path, code, "%s", message); return nil }
	u, err := url.Parse(text)
	if err != nil || len(text) > maxBase {
		return bad("format", "The base URL is not a valid URL.")
	}
	if !u.IsAbs() {
		if document == nil {
			return bad("required", "The document gives its server as a relative address: give the base URL.")
		}
		origin := &url.URL{Scheme: document.Scheme, Host: document.Host, Path: document.Path, RawPath: document.RawPath}
		u = origin.ResolveReference(u)
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("scheme", "The base URL must begin with https:// or http://.")
	case u.Opaque != "" || u.Hostname() == "":
		return bad("format", "The base URL needs a host.")
	case u.User != nil:
		return bad("userinfo", "Leave user and password out of the base URL; the credential is kept apart.")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return bad("query", "The base URL has no query and no fragment.")
	}
	return canonicalBase(u, bad)
}

func canonicalBase(u *url.URL, bad func(code, message string) *url.URL) *url.URL {
	host := strings.ToLower(u.Host)
	if name := u.Hostname(); strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return bad("format", "The host of the base URL is not a valid name.")
		}
		host = ascii
		if port := u.Port(); port != "" {
			host += ":" + port
		}
	}
	out, err := url.Parse(u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/"))
	if err != nil || out.Hostname() == "" {
		return bad("format", "The base URL is not a valid URL.")
	}
	for segment := range strings.SplitSeq(out.Path, "/") {
		if segment == "." || segment == ".." {
			return bad("format", "The path of the base URL has no . or .. in it.")
		}
	}
	return out
}

// expand fills the {variables} of a template, from what was given, then from the
// document's defaults. What was given and is not in the template is a problem.
func expand(template string, vars map[string]string, defs map[string]spec.ServerVariable, p *problems) string {
	if len(template) > maxTemplate {
		p.add("/baseUrl", "too_long", "The base URL may have at most %d bytes.", maxBase)
		return ""
	}
	var out strings.Builder
	used := map[string]bool{}
	rest := template
	for {
		before, after, found := strings.Cut(rest, "{")
		if strings.ContainsRune(before, '}') || found && !strings.ContainsRune(after, '}') {
			p.add("/baseUrl", "format", "The braces of the base URL do not match.")
			return ""
		}
		out.WriteString(before)
		if !found {
			break
		}
		var name string
		name, rest, _ = strings.Cut(after, "}")
		out.WriteString(fill(name, vars, defs, p))
		used[name] = true
	}
	for _, name := range sortedKeys(vars) {
		if !used[name] {
			p.add(at("variables", name), "unknown_field", "The base URL has no variable of this name.")
		}
	}
	return out.String()
}

func fill(name string, vars map[string]string, defs map[string]spec.ServerVariable, p *problems) string {
	path := at("variables", name)
	if name == "" || len(name) > maxField || strings.ContainsRune(name, '{') {
		p.add("/baseUrl", "format", "A variable of the base URL has no usable name.")
		return ""
	}
	def, known := defs[name]
	value, given := vars[name]
	if !given {
		value = def.Default
	}
	switch {
	case value == "" && given, value == "" && !known, value == "" && def.Default == "":
		p.add(path, "required", "Give a value for the variable %s of the base URL.", brief(name))
	case len(value) > maxValue || !varValue.MatchString(value):
		p.add(path, "format", "The value of %s may have letters, digits and . _ ~ : / - only, at most %d.", brief(name), maxValue)
	case given && known && len(def.Enum) > 0 && !slices.Contains(def.Enum, value):
		p.add(path, "enum", "The document allows for %s only: %s.", brief(name), brief(strings.Join(def.Enum, ", ")))
	default:
		return value
	}
	return ""
}

// named says whether the document, or the host that it came from, names the
// address that was given.
func named(u *url.URL, servers []spec.Server, specURL string) bool {
	document, _ := url.Parse(specURL)
	for _, server := range servers {
		pattern := hostPattern(server.URL)
		if pattern == nil {
			if document != nil && specURL != "" && strings.EqualFold(document.Host, u.Host) {
				return true
			}
			continue
		}
		if pattern.MatchString(strings.ToLower(u.Host)) {
			return true
		}
	}
	return len(servers) == 0 && document != nil && specURL != "" && strings.EqualFold(document.Host, u.Host)
}

var variable = regexp.MustCompile(`\\\{[^{}]*\\\}`)

// hostPattern matches the hosts that a server template stands for, nil for a
// relative one or one whose host is nothing but a variable.
func hostPattern(template string) *regexp.Regexp {
	_, rest, ok := strings.Cut(template, "://")
	if !ok || len(template) > maxTemplate {
		return nil
	}
	host, _, _ := strings.Cut(rest, "/")
	if host == "" || strings.HasPrefix(host, "{") && strings.HasSuffix(host, "}") && strings.Count(host, "{") == 1 {
		return nil
	}
	re, err := regexp.Compile("^" + variable.ReplaceAllString(regexp.QuoteMeta(strings.ToLower(host)), `[a-z0-9._-]+`) + "$")
	if err != nil {
		return nil
	}
	return re
}
