package spec

import (
	"encoding/json"
	"slices"
)

// Info is what a document says of itself, with where it came from.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"` // the API's own version, info.version
	Description string `json:"description,omitempty"`
	// SpecVersion is the dialect: "2.0", "3.0.3", "3.1.0".
	SpecVersion string `json:"specVersion"`
	// Format is "json" or "yaml".
	Format string `json:"format"`
	// Hash is "sha256:" and the hex digest of the document's bytes as fetched, unpacked.
	Hash            string                    `json:"hash"`
	Bytes           int64                     `json:"bytes"`
	Servers         []Server                  `json:"servers,omitempty"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes,omitempty"`
	// Security is the document-wide requirement; operations hold their effective one.
	Security []Requirement `json:"security,omitempty"`
}

// Server is a base URL; {name} parts are variables. Swagger 2's host, basePath
// and schemes are mapped to it.
type Server struct {
	URL         string                    `json:"url"`
	Description string                    `json:"description,omitempty"`
	Variables   map[string]ServerVariable `json:"variables,omitempty"`
}

// ServerVariable fills a {name} of a server URL.
type ServerVariable struct {
	Default string   `json:"default"`
	Enum    []string `json:"enum,omitempty"`
}

// SecurityScheme is one way to authenticate, of any dialect, in 3.x terms.
type SecurityScheme struct {
	Type         string          `json:"type"` // apiKey, http, oauth2, openIdConnect, mutualTLS
	Description  string          `json:"description,omitempty"`
	In           string          `json:"in,omitempty"`     // apiKey: query, header, cookie
	Name         string          `json:"name,omitempty"`   // apiKey: parameter name
	Scheme       string          `json:"scheme,omitempty"` // http: basic, bearer, …
	BearerFormat string          `json:"bearerFormat,omitempty"`
	Flows        map[string]Flow `json:"flows,omitempty"` // oauth2: authorizationCode, clientCredentials, implicit, password
	OpenIDURL    string          `json:"openIdConnectUrl,omitempty"`
}

// Flow is an OAuth2 flow.
type Flow struct {
	AuthorizationURL string            `json:"authorizationUrl,omitempty"`
	TokenURL         string            `json:"tokenUrl,omitempty"`
	RefreshURL       string            `json:"refreshUrl,omitempty"`
	Scopes           map[string]string `json:"scopes,omitempty"`
}

// Requirement lists schemes that are needed together, with their scopes. Of a
// list of requirements one suffices; an empty requirement means "none needed".
type Requirement map[string][]string

// Summary is an operation's line in the index: enough to list and to search.
type Summary struct {
	// ID is the operationId, or "METHOD /path" where the document has none or
	// repeats it; it is unique in its document.
	ID          string   `json:"id"`
	Method      string   `json:"method"` // upper case
	Path        string   `json:"path"`   // with {parameters}
	Summary     string   `json:"summary,omitempty"`
	Description string   `json:"description,omitempty"` // cut at 400 bytes
	Tags        []string `json:"tags,omitempty"`
	Deprecated  bool     `json:"deprecated,omitempty"`
}

// Operation is one call that an API offers, in one shape for all dialects, with
// path-item parameters merged in and first-level $refs of parameters, bodies and
// responses resolved. Schemas stay raw, with their $refs; read them with
// Document.Shape.
type Operation struct {
	Summary
	Parameters []Parameter `json:"parameters,omitempty"`
	Body       *Body       `json:"body,omitempty"`
	Responses  []Response  `json:"responses,omitempty"` // by status; "default" last
	// Security is the effective requirement: any one of the list. Empty: none needed.
	Security   []Requirement              `json:"security,omitempty"`
	Servers    []Server                   `json:"servers,omitempty"` // effective
	Extensions map[string]json.RawMessage `json:"extensions,omitempty"`
}

// Parameter is bound outside the body.
type Parameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"` // path, query, header, cookie
	Required    bool            `json:"required,omitempty"`
	Deprecated  bool            `json:"deprecated,omitempty"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	// Style and Explode are effective, never empty: form, simple, spaceDelimited,
	// pipeDelimited, deepObject, label, matrix. Swagger 2's collectionFormat is mapped
	// (tsv becomes "tabDelimited").
	Style         string `json:"style"`
	Explode       bool   `json:"explode"`
	AllowReserved bool   `json:"allowReserved,omitempty"`
	// ContentType is set where the parameter is serialised as a media type
	// ("application/json"), by `content` instead of `schema`.
	ContentType string          `json:"contentType,omitempty"`
	Example     json.RawMessage `json:"example,omitempty"`
}

// Named finds a parameter by its name, before which its place may stand.
func (o *Operation) Named(name string) (Parameter, bool) {
	i := slices.IndexFunc(o.Parameters, func(p Parameter) bool { return p.Name == name || p.In+"."+p.Name == name })
	if i < 0 {
		return Parameter{}, false
	}
	return o.Parameters[i], true
}

// Given finds what a call gives for the parameter, and the name it gives it by: its
// place may stand before it, as in "query.id", which comes first.
func (p Parameter) Given(values map[string]json.RawMessage) (value json.RawMessage, key string, ok bool) {
	key = p.In + "." + p.Name
	if value, ok = values[key]; !ok {
		key = p.Name
		value, ok = values[key]
	}
	return value, key, ok
}

// Body is what a request carries. Swagger 2 body and formData are mapped to it.
type Body struct {
	Required    bool        `json:"required,omitempty"`
	Description string      `json:"description,omitempty"`
	Content     []MediaType `json:"content"` // as in the document; JSON first when there is one
}

// MediaType is one representation.
type MediaType struct {
	Type     string                     `json:"type"` // "application/json"
	Schema   json.RawMessage            `json:"schema,omitempty"`
	Example  json.RawMessage            `json:"example,omitempty"`
	Encoding map[string]json.RawMessage `json:"encoding,omitempty"`
}

// Response is one answer.
type Response struct {
	Status      string                     `json:"status"` // "200", "4XX", "default"
	Description string                     `json:"description,omitempty"`
	Headers     map[string]json.RawMessage `json:"headers,omitempty"`
	Content     []MediaType                `json:"content,omitempty"`
	// Links are those to calls that an answer leads to, by name.
	Links map[string]Link `json:"links,omitempty"`
}

// Warning is a fault of a document that did not stop its import.
type Warning struct {
	Path    string `json:"path"` // JSON Pointer into the document
	Code    string `json:"code"`
	Message string `json:"message"`
}
