package connection

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/secret"
)

// GrantExchange is how a connection of type TOKEN_EXCHANGE obtains its token: by a
// request of the API's own form. It is not a grant that one can choose for OAUTH.
const GrantExchange GrantKind = "token_exchange"

// ExchangeRequest is what a token is asked for with. {{name}} in a header or in the body
// stands for a value, {{base64:name:name}} for values joined by colons, in base64.
type ExchangeRequest struct {
	// Method is POST, GET or PUT. Defaults to POST.
	Method string `json:"method,omitempty" jsonschema:"enum=POST,enum=GET,enum=PUT"`
	URL    string `json:"url" jsonschema:"required,maxLength=2048"`
	// Headers may say of which content type the body is: JSON by default.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is JSON, or a text. An object is sent as a form where the content type says so.
	Body json.RawMessage `json:"body,omitempty"`
}

// TokenUse says where the token goes, with what before it.
type TokenUse struct {
	In     string `json:"in" jsonschema:"enum=header,enum=query,enum=cookie"`
	Name   string `json:"name" jsonschema:"maxLength=200"`
	Prefix string `json:"prefix,omitempty" jsonschema:"maxLength=100"`
}

// ExchangeView is what may be shown of an exchange. Headers and body are not: people
// put secrets there too.
type ExchangeView struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	// Token and ExpiresIn are JSON Pointers into the answer.
	Token     string   `json:"token"`
	ExpiresIn string   `json:"expiresIn,omitempty"`
	Use       TokenUse `json:"use"`
}

// openedExchange is an exchange in a sealed credential.
type openedExchange struct {
	Request   ExchangeRequest   `json:"request"`
	Token     string            `json:"token"`
	ExpiresIn string            `json:"expiresIn,omitempty"`
	Values    map[string]string `json:"values,omitempty"`
}

// ExchangeConfig is an exchange, opened for the one request that needs it.
type ExchangeConfig struct {
	Request          ExchangeRequest
	Token, ExpiresIn string
	Values           map[string]secret.Secret
}

const (
	maxExchangeBody = 16 << 10
	maxPrefix       = 100
	formType        = "application/x-www-form-urlencoded"
)

var (
	valueName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,49}$`)
	placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
)

func (c *AuthConfig) exchangeView() *ExchangeView {
	if c.Request == nil || c.Use == nil {
		return nil
	}
	return &ExchangeView{Method: c.Request.method(), URL: c.Request.URL, Token: c.Token.Reveal(), ExpiresIn: c.ExpiresIn, Use: *c.Use}
}

func (c *AuthConfig) openExchange() *openedExchange {
	if c.Request == nil {
		return nil
	}
	return &openedExchange{Request: *c.Request, Token: c.Token.Reveal(), ExpiresIn: c.ExpiresIn, Values: reveal(c.Values)}
}

func (r ExchangeRequest) method() string {
	if r.Method == "" {
		return http.MethodPost
	}
	return r.Method
}

// contentType is what the headers say that the body is; JSON where they say nothing.
func (r ExchangeRequest) contentType() string {
	for name, v := range r.Headers {
		if strings.EqualFold(name, "content-type") {
			media, _, err := mime.ParseMediaType(v)
			if err != nil {
				return v
			}
			return media
		}
	}
	return "application/json"
}

func (c *AuthConfig) checkExchange(p *problems) {
	for name := range c.Values {
		if !valueName.MatchString(name) {
			p.add(at("authConfig", "values", brief(name)), "format", "A value's name has letters, digits and _, and begins with a letter.")
		}
	}
	if len(c.Values) > maxEntries {
		p.add("/authConfig/values", "too_many", "At most %d values.", maxEntries)
		return
	}
	for _, name := range sortedKeys(c.Values) {
		if v := c.Values[name]; v.IsZero() || len(v.Reveal()) > maxSecret {
			p.add(at("authConfig", "values", brief(name)), "format", "A value has 1 to %d bytes.", maxSecret)
		}
	}
	checkPointer(c.Token.Reveal(), true, "/authConfig/token", p)
	checkPointer(c.ExpiresIn, false, "/authConfig/expiresIn", p)
	switch {
	case c.Use != nil:
		c.checkUse(p)
	case !slices.Contains(c.Mistyped, "/use"):
		p.add("/authConfig/use", "required", `Say where the token goes, such as {"in": "header", "name": "Authorization", "prefix": "Bearer "}.`)
	}
	switch {
	case c.Request != nil:
		c.Request.check(c.Values, p)
	case !slices.Contains(c.Mistyped, "/request"):
		p.add("/authConfig/request", "required", "Say how a token is asked for: method, url, headers and body.")
	}
}

func checkPointer(text string, needed bool, path string, p *problems) {
	switch {
	case text == "" && !needed:
	case text == "":
		p.add(path, "required", "Say where the token stands in the answer, such as /access_token.")
	case len(text) > maxField || text[0] != '/':
		p.add(path, "format", "Give a JSON Pointer (RFC 6901), such as /data/token.")
	}
}

func (c *AuthConfig) checkUse(p *problems) {
	switch c.Use.In {
	case "header", "query", "cookie":
	default:
		p.add("/authConfig/use/in", "enum", "A token goes into header, query or cookie.")
	}
	checkName(c.Use.In, c.Use.Name, "/authConfig/use/name", p)
	if len(c.Use.Prefix) > maxPrefix || !httpguts.ValidHeaderFieldValue(c.Use.Prefix) {
		p.add("/authConfig/use/prefix", "format", "What stands before the token has at most %d characters, and no line breaks.", maxPrefix)
	}
}

func (r *ExchangeRequest) check(values map[string]secret.Secret, p *problems) {
	const path = "/authConfig/request"
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, r.method()) {
		p.add(path+"/method", "enum", "A token is asked for with POST, GET or PUT.")
	}
	if r.URL == "" || len(r.URL) > maxBase {
		p.add(path+"/url", "required", "Give the address at which a token is asked for.")
	}
	if len(r.Headers) > maxEntries || len(r.Body) > maxExchangeBody {
		p.add(path, "too_long", "At most %d headers, and a body of at most %d bytes.", maxEntries, maxExchangeBody)
		return
	}
	for _, name := range sortedKeys(r.Headers) {
		checkName("header", name, at("authConfig", "request", "headers", name), p)
		r.checkNames(r.Headers[name], values, at("authConfig", "request", "headers", name), p)
	}
	if len(r.Body) > 0 && r.method() == http.MethodGet {
		p.add(path+"/body", "not_allowed", "A GET has no body.")
	}
	r.checkNames(string(r.Body), values, path+"/body", p)
	if len(*p) > 0 {
		return
	}
	if _, err := r.render(values); err != nil {
		e := apierr.From(err)
		*p = append(*p, e.Problems...)
	}
}

// checkNames refuses a placeholder that no value stands behind.
func (r *ExchangeRequest) checkNames(template string, values map[string]secret.Secret, path string, p *problems) {
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		for _, name := range strings.Split(strings.TrimPrefix(m[1], "base64:"), ":") {
			if _, ok := values[name]; !ok {
				p.add(path, "unknown_name", "There is no value %q: give it in values.", brief(name))
			}
		}
	}
}

// insert puts the values into a template, each escaped for where it stands.
func insert(template string, values map[string]secret.Secret, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(template, func(m string) string {
		name := m[2 : len(m)-2]
		names, isBase64 := strings.CutPrefix(name, "base64:")
		if !isBase64 {
			return escape(values[name].Reveal())
		}
		var parts []string
		for n := range strings.SplitSeq(names, ":") {
			parts = append(parts, values[n].Reveal())
		}
		return escape(base64.StdEncoding.EncodeToString([]byte(strings.Join(parts, ":"))))
	})
}

// rendered is an exchange's request with its values.
type rendered struct {
	header http.Header
	body   []byte
}

// render puts the values in: into a JSON body inside its texts, so that none can end
// the text that it stands in; into a form URL-encoded; into a header only where it has no
// line break. VALIDATION_FAILED by path where that cannot be done.
func (r *ExchangeRequest) render(values map[string]secret.Secret) (rendered, error) {
	out := rendered{header: http.Header{}}
	for name, template := range r.Headers {
		v := insert(template, values, func(s string) string { return s })
		if !httpguts.ValidHeaderFieldValue(v) {
			return out, refused(at("authConfig", "request", "headers", name), "With its values this header would hold a line break or control character.")
		}
		out.header.Set(name, v)
	}
	if len(r.Body) == 0 || string(r.Body) == "null" {
		return out, nil
	}
	kind := r.contentType()
	isJSON := kind == "application/json" || strings.HasSuffix(kind, "+json")
	var text string
	isText := json.Unmarshal(r.Body, &text) == nil
	switch {
	case isJSON:
		doc := []byte(r.Body)
		if isText {
			doc = []byte(text)
		}
		filled, err := fillJSON(doc, values)
		if err != nil {
			return out, refused("/authConfig/request/body", "The body is not JSON: give it as such, or name another Content-Type among the headers.")
		}
		out.body = filled
		if out.header.Get("Content-Type") == "" {
			out.header.Set("Content-Type", "application/json")
		}
	case kind == formType && isText:
		out.body = []byte(insert(text, values, url.QueryEscape))
	case kind == formType:
		var fields map[string]string
		if json.Unmarshal(r.Body, &fields) != nil {
			return out, refused("/authConfig/request/body", "A form is a text, or an object whose values are texts.")
		}
		form := url.Values{}
		for name, template := range fields {
			form.Set(name, insert(template, values, func(s string) string { return s }))
		}
		out.body = []byte(form.Encode())
	case isText && (kind == "text/xml" || strings.HasSuffix(kind, "xml")):
		out.body = []byte(insert(text, values, xmlEscape))
	case isText && kind == "text/plain":
		out.body = []byte(insert(text, values, func(s string) string { return s }))
	default:
		return out, refused("/authConfig/request/body", "Of this Content-Type a body cannot be made: use JSON, a form, XML or plain text.")
	}
	return out, nil
}

func refused(path, message string) error {
	return apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: path, Code: "format", Message: message})
}

var xmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace

// fillJSON fills the texts of a JSON document; its numbers stay as they are written.
func fillJSON(doc []byte, values map[string]secret.Secret) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return nil, errors.New("connection: the body is not JSON") // the cause could quote it
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case string:
			return insert(v, values, func(s string) string { return s })
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case map[string]any:
			for name := range v {
				v[name] = walk(v[name])
			}
		}
		return v
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(walk(v))
	return bytes.TrimRight(out.Bytes(), "\n"), err
}

// Build makes the request for a token. Its error names no value.
func (e *ExchangeConfig) Build(ctx context.Context) (*http.Request, error) {
	r, err := e.Request.render(e.Values)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, e.Request.method(), e.Request.URL, bytes.NewReader(r.body))
	if err != nil {
		return nil, refused("/authConfig/request/url", "The address at which a token is asked for is not a complete URL.")
	}
	if len(r.body) == 0 {
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
	}
	req.Header = r.header
	return req, nil
}

// elsewhere is the host at which a token is asked for where that is not the API's own;
// "" where it is.
func (v *ExchangeView) elsewhere(origins []string) string {
	if v == nil {
		return ""
	}
	u, err := url.Parse(v.URL)
	if err != nil || slices.Contains(origins, egress.Origin(u)) {
		return ""
	}
	return u.Host
}
