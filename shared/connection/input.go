package connection

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/library"
)

const maxName = 100

// Text is a document as it was pasted or uploaded: a JSON string that holds JSON
// or YAML, or the document itself as a JSON object.
type Text string

// UnmarshalJSON takes either form.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*t = Text(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// CreateInput is what makes a connection. Exactly one of SpecURL and
// SpecDocument says what the API is.
type CreateInput struct {
	Name         string `json:"name"`
	SpecURL      string `json:"specUrl,omitempty"`
	SpecDocument Text   `json:"specDocument,omitempty"`
	// BaseURL may hold {variables}. Defaults to the document's first usable server.
	BaseURL    string            `json:"baseUrl,omitempty"`
	Variables  map[string]string `json:"variables,omitempty"`
	AuthType   AuthType          `json:"authType"`
	AuthConfig AuthConfig        `json:"authConfig,omitzero"`
	// ClientCertificate is shown in the TLS handshake. Defaults to none.
	ClientCertificate *ClientCertificate `json:"clientCertificate,omitempty"`
	Settings          Settings           `json:"settings,omitzero"`
	// Access says who may use it besides who connects it. Defaults to nil: everyone.
	Access *access.Setting `json:"access,omitempty"`
	// Sample marks a connection that comes with the product.
	Sample bool `json:"-"`
}

// UpdateInput changes a connection; nil fields stay as they are. A new AuthConfig
// replaces the whole credential, new Settings all settings.
type UpdateInput struct {
	Name         *string            `json:"name,omitempty"`
	SpecURL      *string            `json:"specUrl,omitempty"`
	SpecDocument *Text              `json:"specDocument,omitempty"`
	BaseURL      *string            `json:"baseUrl,omitempty"` // "" goes back to the document's
	Variables    *map[string]string `json:"variables,omitempty"`
	AuthType     *AuthType          `json:"authType,omitempty"`
	AuthConfig   *AuthConfig        `json:"authConfig,omitempty"`
	// ClientCertificate replaces the one there is; an empty one takes it away.
	ClientCertificate *ClientCertificate `json:"clientCertificate,omitempty"`
	Settings          *Settings          `json:"settings,omitempty"`
}

// check tells everything that can be told without the document, and puts the
// input into its canonical form.
func (in *CreateInput) check() problems {
	var p problems
	in.Name = strings.TrimSpace(in.Name)
	checkTitle(in.Name, &p)
	switch {
	case in.SpecURL == "" && in.SpecDocument == "":
		p.add("/specUrl", "required", "Give the address of the OpenAPI document as specUrl, or the document itself as specDocument.")
	case in.SpecURL != "" && in.SpecDocument != "":
		p.add("/specDocument", "exclusive", "Give specUrl or specDocument, not both.")
	case in.SpecURL != "":
		in.SpecURL = checkSpecURL(in.SpecURL, &p)
	}
	checkAddress(in.BaseURL, in.Variables, &p)
	in.Settings.check(&p)
	if checkType(in.AuthType, &p) {
		in.AuthConfig.check(in.AuthType, &p)
		in.AuthConfig.expiry(&in.Settings, &p)
	}
	return p
}

func checkTitle(name string, p *problems) {
	switch {
	case name == "":
		p.add("/name", "required", "Give the connection a name.")
	case utf8.RuneCountInString(name) > maxName:
		p.add("/name", "too_long", "A name may have at most %d characters.", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		p.add("/name", "format", "A name has no line breaks or control characters.")
	}
}

func checkSpecURL(raw string, p *problems) string {
	url, err := library.Canonical(raw)
	if err != nil {
		for _, problem := range apierr.From(err).Problems {
			p.add("/specUrl", problem.Code, "%s", problem.Message)
		}
	}
	return url
}

func checkAddress(baseURL string, vars map[string]string, p *problems) {
	if len(baseURL) > maxBase {
		p.add("/baseUrl", "too_long", "The base URL may have at most %d bytes.", maxBase)
	}
	if len(vars) > maxVars {
		p.add("/variables", "too_many", "At most %d variables.", maxVars)
		return
	}
	for _, name := range sortedKeys(vars) {
		if len(name) > maxField || len(vars[name]) > maxValue {
			p.add(at("variables", brief(name)), "too_long", "A variable's name may have %d bytes, its value %d.", maxField, maxValue)
		}
	}
}
