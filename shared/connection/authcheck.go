package connection

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
)

// Bounds of a credential. Servers commonly stop at 8 KiB of header.
const (
	maxSecret  = 8 << 10
	maxEntries = 20
	maxField   = 200
	maxScopes  = 200
)

// fieldsOf lists the fields of authConfig that belong to an auth type.
func fieldsOf(t AuthType) []string {
	switch t {
	case AuthAPIKey:
		return []string{"in", "name", "value"}
	case AuthBearer:
		return []string{"scopes", "token"}
	case AuthBasic:
		return []string{"password", "username"}
	case AuthCustom:
		return []string{"headers", "query"}
	case AuthOAuth:
		fields := []string{"grant", "pkce", "authorizeParams", "clientSecret", "privateKey", "tokenParams", "refreshParams", "expiredWhen", "scopes"}
		return append(fields, sortedKeys((&OAuth{}).texts())...)
	case AuthTokenExchange:
		return []string{"expiresIn", "request", "token", "use", "values"}
	case AuthAWS:
		return []string{"accessKeyId", "region", "secretAccessKey", "service", "sessionToken"}
	case AuthHMAC:
		return []string{"headers", "query", "scheme", "secret"}
	}
	return nil
}

// checkType says whether the auth type can be used here.
func checkType(t AuthType, p *problems) bool {
	switch t {
	case AuthNone, AuthAPIKey, AuthBearer, AuthBasic, AuthCustom, AuthOAuth, AuthTokenExchange, AuthAWS, AuthHMAC:
		return true
	case "":
		p.add("/authType", "required", "Say how requests authenticate: NONE, API_KEY, BEARER, BASIC, OAUTH, TOKEN_EXCHANGE, CUSTOM, AWS_SIGV4 or HMAC.")
	default:
		p.add("/authType", "enum", "There is no auth type %q: use NONE, API_KEY, BEARER, BASIC, OAUTH, TOKEN_EXCHANGE, CUSTOM, AWS_SIGV4 or HMAC.", brief(string(t)))
	}
	return false
}

// check tells what is wrong with the fields for an auth type that checkType passed.
func (c *AuthConfig) check(t AuthType, p *problems) {
	mine := fieldsOf(t)
	for _, path := range c.Mistyped {
		p.add("/authConfig"+path, "type", "The value here does not fit.")
	}
	for _, name := range c.Extra {
		p.add(at("authConfig", name), "unknown_field", "There is no such field in the authConfig of %s.", t)
	}
	for _, name := range c.given() {
		if !slices.Contains(mine, name) {
			p.add(at("authConfig", name), "unknown_field", "This field does not belong to %s.", t)
		}
	}
	switch t {
	case AuthAPIKey:
		c.checkKey(p)
	case AuthBearer:
		c.checkToken(p)
		c.checkScopes(p)
	case AuthBasic:
		c.checkBasic(p)
	case AuthCustom:
		c.checkCustom(p)
	case AuthOAuth:
		c.checkOAuth(p)
	case AuthTokenExchange:
		c.checkExchange(p)
	case AuthAWS:
		faults(c.aws().Check(), p)
	case AuthHMAC:
		c.checkHMAC(p)
	}
}

func (c *AuthConfig) checkKey(p *problems) {
	switch c.In {
	case "", "header", "query", "cookie":
	default:
		p.add("/authConfig/in", "enum", "An API key goes into header, query or cookie.")
	}
	if c.Name != "" {
		checkName(c.In, c.Name, "/authConfig/name", p)
	}
	required(c.Value, "/authConfig/value", "Give the API key.", p)
}

func (c *AuthConfig) checkToken(p *problems) {
	if !required(c.Token, "/authConfig/token", "Give the token.", p) {
		return
	}
	token := c.Token.Reveal()
	switch {
	case len(token) > 7 && strings.EqualFold(token[:7], "bearer "):
		p.add("/authConfig/token", "format", "Leave the word Bearer out; give the token alone.")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		p.add("/authConfig/token", "format", "A token has no spaces or line breaks, and only plain characters.")
	}
}

func (c *AuthConfig) checkScopes(p *problems) {
	if len(c.Scopes) > maxScopes {
		p.add("/authConfig/scopes", "too_many", "At most %d scopes.", maxScopes)
		return
	}
	for i, scope := range c.Scopes {
		path := at("authConfig", "scopes", strconv.Itoa(i))
		switch {
		case scope == c.Token.Reveal() && scope != "":
			p.add(path, "not_allowed", "This is the token itself. Scopes are shown; the token never is.")
		case scope == "" || len(scope) > maxField:
			p.add(path, "format", "A scope has 1 to %d characters.", maxField)
		case strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }):
			p.add(path, "format", "A scope has no spaces, quotes or backslashes (RFC 6749, 3.3): give each by itself.")
		}
	}
}

func (c *AuthConfig) checkBasic(p *problems) {
	switch {
	case c.Username == "":
		p.add("/authConfig/username", "required", "Give the user name.")
	case len(c.Username) > maxSecret:
		p.add("/authConfig/username", "too_long", "A user name may have at most %d bytes.", maxSecret)
	case strings.ContainsFunc(c.Username, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }):
		p.add("/authConfig/username", "format", "A user name has no colon and no control characters (RFC 7617).")
	}
	if !c.NoPassword {
		required(c.Password, "/authConfig/password", `Give the password; "" where there is none.`, p)
	}
}

func (c *AuthConfig) checkCustom(p *problems) {
	if len(c.Headers)+len(c.Query) == 0 && len(c.Mistyped) == 0 {
		p.add("/authConfig/headers", "required", "Give at least one header or query parameter.")
	}
	c.checkEntries(p)
}

// checkEntries checks the headers and query parameters that go along as they are.
func (c *AuthConfig) checkEntries(p *problems) {
	if len(c.Headers)+len(c.Query) > maxEntries {
		p.add("/authConfig", "too_many", "At most %d headers and query parameters together.", maxEntries)
		return
	}
	for name, v := range c.Headers {
		checkName("header", name, at("authConfig", "headers", name), p)
		required(v, at("authConfig", "headers", name), "Give the header's value.", p)
	}
	for name, v := range c.Query {
		checkName("query", name, at("authConfig", "query", name), p)
		required(v, at("authConfig", "query", name), "Give the parameter's value.", p)
	}
	slices.SortFunc(*p, func(a, b apierr.Problem) int { return strings.Compare(a.Path, b.Path) })
}

// required checks one secret value as it could be sent in a header.
func required(v secret.Secret, path, missing string, p *problems) bool {
	switch {
	case v.IsZero():
		p.add(path, "required", "%s", missing)
	case len(v.Reveal()) > maxSecret:
		p.add(path, "too_long", "At most %d bytes.", maxSecret)
	case !httpguts.ValidHeaderFieldValue(v.Reveal()):
		p.add(path, "format", "Line breaks and control characters are not allowed.")
	default:
		return true
	}
	return false
}

// checkName checks the name of a header, cookie or query parameter.
func checkName(in, name, path string, p *problems) {
	switch {
	case name == "" || len(name) > maxField:
		p.add(path, "format", "A name has 1 to %d characters.", maxField)
	case in == "query":
		if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			p.add(path, "format", "A parameter's name has no spaces or control characters.")
		}
	case !httpguts.ValidHeaderFieldName(name):
		p.add(path, "format", "This is not a valid name (RFC 9110, token): use letters, digits and hyphens.")
	case in != "cookie" && ownHeader(name):
		p.add(path, "not_allowed", "The header %s belongs to the transport and cannot carry a credential.", brief(name))
	}
}

// ownHeader names the headers that frame a request or address it: one set here
// could make two servers read one request differently.
func ownHeader(name string) bool {
	switch n := strings.ToLower(name); n {
	case "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive", "expect":
		return true
	default:
		return strings.HasPrefix(n, "proxy-")
	}
}

// fromScheme fills in and name of an API key from the document's apiKey scheme:
// one that the whole document requires before one that is merely there.
func (v *AuthView) fromScheme(info spec.Info) {
	fits := func(name string) bool {
		s, ok := info.SecuritySchemes[name]
		return ok && s.Type == "apiKey" && s.Name != "" && (v.In == "" || s.In == v.In) && (v.Name == "" || s.Name == v.Name)
	}
	take := func(name string) {
		v.In, v.Name = info.SecuritySchemes[name].In, info.SecuritySchemes[name].Name
	}
	for _, name := range preferred(info) {
		if fits(name) {
			take(name)
			return
		}
	}
	if v.Name != "" && v.In == "" {
		v.In = "header"
	}
}

// preferred lists the schemes, those required document-wide first, then by name.
func preferred(info spec.Info) []string {
	var names []string
	for _, req := range info.Security {
		names = append(names, sortedKeys(req)...)
	}
	return append(names, sortedKeys(info.SecuritySchemes)...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
