package diff

import (
	"slices"
	"strings"

	"github.com/apiq/apiq/shared/spec"
)

// security compares the ways to authenticate. Each that was enough must still be:
// a connection has taken one of them.
func (c *comparison) security(before, after *spec.Operation) {
	ways, now := needs(before.Security, c.old.Info()), needs(after.Security, c.now.Info())
	free := func(list []map[string][]string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(m map[string][]string) bool { return len(m) == 0 })
	}
	if free(now) {
		return
	}
	if free(ways) {
		c.tell(true, AuthRequired, "", "A credential is needed now: %s.", described(now))
		return
	}
	for _, way := range ways {
		if !slices.ContainsFunc(now, func(need map[string][]string) bool { return enough(way, need) }) {
			c.tell(true, AuthChanged, "", "%s is not enough any more; needed is %s.", described([]map[string][]string{way}), described(now))
			return
		}
	}
}

// needs puts what the schemes are in the place of their names, which mean nothing.
func needs(list []spec.Requirement, info spec.Info) []map[string][]string {
	var out []map[string][]string
	for _, r := range list {
		m := map[string][]string{}
		for name, scopes := range r {
			key := name
			if s, ok := info.SecuritySchemes[name]; ok {
				key = schemeOf(s)
			}
			m[key] = append(m[key], scopes...)
		}
		out = append(out, m)
	}
	return out
}

func schemeOf(s spec.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return "the key " + s.Name + " in " + s.In
	case "http":
		return "HTTP " + strings.ToLower(s.Scheme)
	case "oauth2":
		return "OAuth 2"
	case "openIdConnect":
		return "OpenID Connect"
	}
	return s.Type
}

// enough says whether a way that was taken holds all that is needed.
func enough(way, need map[string][]string) bool {
	for scheme, scopes := range need {
		had, ok := way[scheme]
		if !ok {
			return false
		}
		for _, scope := range scopes {
			if !slices.Contains(had, scope) {
				return false
			}
		}
	}
	return true
}

func described(list []map[string][]string) string {
	var ways []string
	for _, m := range list {
		var parts []string
		for scheme, scopes := range m {
			if len(scopes) > 0 {
				scheme += " (" + words(slices.Sorted(slices.Values(scopes))) + ")"
			}
			parts = append(parts, scheme)
		}
		slices.Sort(parts)
		ways = append(ways, strings.Join(parts, " with "))
	}
	return strings.Join(ways, " or ")
}
