package spec

import (
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// readServers reads a list of Server Objects; one without a URL is told and left out.
func readServers(v []byte, w *warnings, at string) []Server {
	var list []Server
	if kind := rawjson.Kind(v); kind == '{' || kind == '"' {
		w.add(at, "odd_type", "The servers should be an array.")
		v = append(append([]byte{'['}, v...), ']')
	}
	for i, item := range rawjson.Elements(v) {
		s := Server{}
		if kind := rawjson.Kind(item); kind == '"' {
			w.add(at, "odd_server", "Server %d should be an object.", i)
			item = append(member([]byte{'{'}, "url", item), '}')
		}
		s.URL, _ = rawjson.String(rawjson.Get(item, "url"))
		if s.URL == "" {
			w.add(at, "odd_server", "Server %d has no URL.", i)
			continue
		}
		if s.Description, _ = rawjson.Text(rawjson.Get(item, "description")); s.Description == "" {
			s.Description, _ = rawjson.Text(rawjson.Get(item, "name")) // OpenAPI 3.2
		}
		for name, variable := range rawjson.Members(rawjson.Get(item, "variables")) {
			if s.Variables == nil {
				s.Variables = map[string]ServerVariable{}
			}
			def, _ := rawjson.Text(rawjson.Get(variable, "default"))
			s.Variables[string(name)] = ServerVariable{Default: def, Enum: texts(rawjson.Get(variable, "enum"))}
		}
		list = append(list, s)
	}
	return list
}

// readSecurity reads a list of Security Requirement Objects. stated is true for
// an empty list too: it takes back what would be inherited.
func readSecurity(v []byte, w *warnings, at string) (list []Requirement, stated bool) {
	if rawjson.Kind(v) != '[' {
		if v != nil && rawjson.Kind(v) != 'n' {
			w.add(at, "odd_type", "The security requirements should be an array.")
		}
		return nil, false
	}
	for _, item := range rawjson.Elements(v) {
		r := Requirement{}
		for name, scopes := range rawjson.Members(item) {
			r[string(name)] = texts(scopes)
		}
		list = append(list, r)
	}
	return list, true
}

// texts reads an array of strings, never nil.
func texts(v []byte) []string {
	list := []string{}
	for _, item := range rawjson.Elements(v) {
		if s, ok := rawjson.Text(item); ok {
			list = append(list, s)
		}
	}
	return list
}

// securitySchemes reads the named schemes of either dialect.
func (s *scanner) securitySchemes(v []byte, at string) map[string]SecurityScheme {
	schemes := map[string]SecurityScheme{}
	for name, raw := range rawjson.Members(v) {
		raw = s.follow(raw)
		scheme := SecurityScheme{}
		for key, value := range rawjson.Members(raw) {
			text, _ := rawjson.Text(value)
			switch string(key) {
			case "type":
				scheme.Type = text
			case "description":
				scheme.Description = text
			case "in":
				scheme.In = text
			case "name":
				scheme.Name = text
			case "scheme":
				scheme.Scheme = text
			case "bearerFormat":
				scheme.BearerFormat = text
			case "openIdConnectUrl":
				scheme.OpenIDURL = text
			case "flows":
				scheme.Flows = map[string]Flow{}
				for flow, v := range rawjson.Members(value) {
					scheme.Flows[string(flow)] = readFlow(v)
				}
			}
		}
		if s.v2 {
			mapSchemeV2(&scheme, raw)
		}
		switch scheme.Type {
		case "apiKey", "http", "oauth2", "openIdConnect", "mutualTLS":
		default:
			s.warns.add(pointer(at, string(name)), "odd_security_scheme", "The type %q of the security scheme is not known.", rawjson.Cut(scheme.Type, 40))
		}
		schemes[string(name)] = scheme
	}
	if len(schemes) == 0 {
		return nil
	}
	return schemes
}

func readFlow(v []byte) Flow {
	var f Flow
	f.AuthorizationURL, _ = rawjson.String(rawjson.Get(v, "authorizationUrl"))
	f.TokenURL, _ = rawjson.String(rawjson.Get(v, "tokenUrl"))
	f.RefreshURL, _ = rawjson.String(rawjson.Get(v, "refreshUrl"))
	for scope, text := range rawjson.Members(rawjson.Get(v, "scopes")) {
		if f.Scopes == nil {
			f.Scopes = map[string]string{}
		}
		f.Scopes[string(scope)], _ = rawjson.Text(text)
	}
	return f
}
