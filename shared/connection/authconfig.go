package connection

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/secret"
)

// AuthConfig is the write-only part of a request: the contract's authConfig.
// Which fields apply depends on the auth type.
type AuthConfig struct {
	In       string                   `json:"in,omitempty"`
	Name     string                   `json:"name,omitempty"`
	Value    secret.Secret            `json:"value,omitzero"`
	Token    secret.Secret            `json:"token,omitzero"`
	Username string                   `json:"username,omitempty"`
	Password secret.Secret            `json:"password,omitzero"`
	Headers  map[string]secret.Secret `json:"headers,omitempty"`
	Query    map[string]secret.Secret `json:"query,omitempty"`
	// The fields of AWS_SIGV4.
	AccessKeyID     string        `json:"accessKeyId,omitempty"`
	SecretAccessKey secret.Secret `json:"secretAccessKey,omitzero"`
	SessionToken    secret.Secret `json:"sessionToken,omitzero"`
	Region          string        `json:"region,omitempty"`
	Service         string        `json:"service,omitempty"`
	// The fields of HMAC, beside headers and query that go along with each request.
	Secret secret.Secret `json:"secret,omitzero"`
	Scheme *sign.Scheme  `json:"scheme,omitempty"`
	// The fields of TOKEN_EXCHANGE. Token and ExpiresIn are JSON Pointers (RFC 6901) into
	// the answer, to the token and to its life in seconds.
	Request   *ExchangeRequest         `json:"request,omitempty"`
	ExpiresIn string                   `json:"expiresIn,omitempty"`
	Use       *TokenUse                `json:"use,omitempty"`
	Values    map[string]secret.Secret `json:"values,omitempty"`
	// Scopes are, of BEARER, those that the token was granted, as the person who gives it
	// says, none where that is not known; of OAUTH those that are asked for.
	Scopes []string `json:"scopes,omitempty"`
	// OAuth, and the fields up to ExpiredWhen, are of OAUTH.
	OAuth
	ClientSecret  secret.Secret            `json:"clientSecret,omitzero"`
	PrivateKey    secret.Secret            `json:"privateKey,omitzero"`
	TokenParams   map[string]secret.Secret `json:"tokenParams,omitempty"`
	RefreshParams map[string]secret.Secret `json:"refreshParams,omitempty"`
	// ExpiredWhen is the setting of that name, which is then left out there.
	ExpiredWhen string `json:"expiredWhen,omitempty"`
	// NoPassword says that an empty password was given on purpose: some APIs take
	// a key as the user name.
	NoPassword bool `json:"-"`
	// Extra keeps the fields that are not known, so that a refusal can name them.
	Extra []string `json:"-"`
	// Mistyped are JSON Pointers of fields whose values do not fit.
	Mistyped []string `json:"-"`
}

// UnmarshalJSON reads the fields one by one, so that a refusal can name each
// that is unknown or does not fit; only what is no object at all is an error.
func (c *AuthConfig) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	*c = AuthConfig{}
	for name, raw := range fields {
		var err error
		switch name {
		case "in":
			err = json.Unmarshal(raw, &c.In)
		case "name":
			err = json.Unmarshal(raw, &c.Name)
		case "value":
			err = json.Unmarshal(raw, &c.Value)
		case "token":
			err = json.Unmarshal(raw, &c.Token)
		case "username":
			err = json.Unmarshal(raw, &c.Username)
		case "password":
			err = json.Unmarshal(raw, &c.Password)
			c.NoPassword = err == nil && string(raw) == `""`
		case "scopes":
			err = json.Unmarshal(raw, &c.Scopes)
		case "headers":
			err = c.secrets(raw, &c.Headers, "headers")
		case "query":
			err = c.secrets(raw, &c.Query, "query")
		case "request":
			err = strict(raw, &c.Request)
		case "expiresIn":
			err = json.Unmarshal(raw, &c.ExpiresIn)
		case "use":
			err = strict(raw, &c.Use)
		case "values":
			err = c.secrets(raw, &c.Values, "values")
		case "accessKeyId":
			err = json.Unmarshal(raw, &c.AccessKeyID)
		case "secretAccessKey":
			err = json.Unmarshal(raw, &c.SecretAccessKey)
		case "sessionToken":
			err = json.Unmarshal(raw, &c.SessionToken)
		case "region":
			err = json.Unmarshal(raw, &c.Region)
		case "service":
			err = json.Unmarshal(raw, &c.Service)
		case "secret":
			err = json.Unmarshal(raw, &c.Secret)
		case "scheme":
			err = strict(raw, &c.Scheme)
		default:
			var known bool
			if known, err = c.decodeOAuth(name, raw); !known {
				c.Extra = append(c.Extra, name)
			}
		}
		if err != nil {
			c.Mistyped = append(c.Mistyped, at(name))
		}
	}
	slices.Sort(c.Extra)
	slices.Sort(c.Mistyped)
	return nil
}

// strict refuses fields that are not known.
func strict(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (c *AuthConfig) secrets(raw json.RawMessage, dst *map[string]secret.Secret, field string) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	*dst = make(map[string]secret.Secret, len(values))
	for name, v := range values {
		var s secret.Secret
		if err := json.Unmarshal(v, &s); err != nil {
			c.Mistyped = append(c.Mistyped, at(field, name))
			continue
		}
		(*dst)[name] = s
	}
	return nil
}

// given lists the fields that hold something, sorted.
func (c *AuthConfig) given() []string {
	set := c.givenOAuth()
	add := func(name string, ok bool) {
		if ok {
			set = append(set, name)
		}
	}
	add("accessKeyId", c.AccessKeyID != "")
	add("headers", len(c.Headers) > 0)
	add("in", c.In != "")
	add("name", c.Name != "")
	add("password", !c.Password.IsZero() || c.NoPassword)
	add("query", len(c.Query) > 0)
	add("expiresIn", c.ExpiresIn != "")
	add("request", c.Request != nil)
	add("use", c.Use != nil)
	add("values", len(c.Values) > 0)
	add("region", c.Region != "")
	add("scheme", c.Scheme != nil)
	add("scopes", len(c.Scopes) > 0)
	add("secret", !c.Secret.IsZero())
	add("secretAccessKey", !c.SecretAccessKey.IsZero())
	add("service", c.Service != "")
	add("sessionToken", !c.SessionToken.IsZero())
	add("token", !c.Token.IsZero())
	add("username", c.Username != "")
	add("value", !c.Value.IsZero())
	slices.Sort(set)
	return set
}

// view is what may be shown of the credential. A user name without a password is
// a key in disguise, and is not shown.
func (c *AuthConfig) view(t AuthType) AuthView {
	v := AuthView{In: c.In, Name: c.Name, Set: []string{}, Region: c.Region, Service: c.Service, Scheme: c.Scheme}
	for _, name := range c.given() {
		switch name {
		case "tokenParams":
			v.Set = append(v.Set, prefixed("tokenParams.", c.TokenParams)...)
		case "refreshParams":
			v.Set = append(v.Set, prefixed("refreshParams.", c.RefreshParams)...)
		case "expiredWhen": // shown among the settings
		case "values":
			v.Set = append(v.Set, prefixed("values.", c.Values)...)
		case "headers":
			v.Set = append(v.Set, prefixed("headers.", c.Headers)...)
		case "query":
			v.Set = append(v.Set, prefixed("query.", c.Query)...)
		case "scopes":
			v.Scopes = slices.Compact(slices.Sorted(slices.Values(c.Scopes)))
		default:
			v.Set = append(v.Set, name)
		}
	}
	if !c.Password.IsZero() {
		v.Username = c.Username
	}
	if t == AuthTokenExchange {
		v.Exchange = c.exchangeView()
	}
	if t == AuthOAuth {
		o := c.OAuth.withDefaults(!c.ClientSecret.IsZero(), !c.PrivateKey.IsZero())
		v.OAuth, v.Requested, v.Scopes = &o, v.Scopes, nil
	}
	return v
}

func prefixed(prefix string, m map[string]secret.Secret) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, prefix+name)
	}
	slices.Sort(names)
	return names
}
