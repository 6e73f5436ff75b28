package connection

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// varValue is what a variable may be filled with. A value may bring a path, or a
// whole address where the template begins with it; nothing that could turn what
// follows into a query, a fragment or user information.
var varValue = regexp.MustCompile(`^[A-Za-z0-9._~:/-]+$`)

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
