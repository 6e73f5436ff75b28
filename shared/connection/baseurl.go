package connection

import (
	"net/url"
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
