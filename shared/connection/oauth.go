package connection

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/secret"
)

// GrantKind is the way in which a connection of type OAUTH obtains its grant.
type GrantKind string

// The kinds. The first two take a person's consent; the others are obtained by
// themselves when they are first needed.
const (
	GrantCode              GrantKind = "authorization_code" // RFC 6749, 4.1, with PKCE (RFC 7636)
	GrantDevice            GrantKind = "device_code"        // RFC 8628
	GrantClientCredentials GrantKind = "client_credentials" // RFC 6749, 4.4
	GrantJWTBearer         GrantKind = "jwt_bearer"         // RFC 7523, 2.1
)

// Personal says whether a person has to consent.
func (k GrantKind) Personal() bool { return k == GrantCode || k == GrantDevice }

// Ways in which a client proves who it is at the token endpoint.
const (
	ClientBasic         = "basic"           // Authorization: Basic
	ClientPost          = "post"            // client_id and client_secret in the body
	ClientNone          = "none"            // a public client: client_id alone
	ClientPrivateKeyJWT = "private_key_jwt" // RFC 7523, 2.2
)

// OAuth says how a connection obtains grants. Nothing in it is a secret.
type OAuth struct {
	// Grant defaults to authorization_code.
	Grant    GrantKind `json:"grant,omitempty" jsonschema:"enum=authorization_code,enum=device_code,enum=client_credentials,enum=jwt_bearer"`
	ClientID string    `json:"clientId,omitempty"`
	// AuthorizeURL, TokenURL and RefreshURL default to those of the document's flows.
	AuthorizeURL string `json:"authorizeUrl,omitempty"`
	TokenURL     string `json:"tokenUrl,omitempty"`
	// RefreshURL is where tokens are refreshed. Defaults to TokenURL.
	RefreshURL string `json:"refreshUrl,omitempty"`
	DeviceURL  string `json:"deviceUrl,omitempty"`
	// RevokeURL takes tokens back (RFC 7009). Without one they are only forgotten here.
	RevokeURL string `json:"revokeUrl,omitempty"`
	// AccountURL is asked, with the token, whose grant it is: a userinfo endpoint, or a
	// harmless call that tells it.
	AccountURL string `json:"accountUrl,omitempty"`
	// AccountPointer finds the e-mail or name in its answer (RFC 6901). Defaults to
	// the usual places.
	AccountPointer string `json:"accountPointer,omitempty"`
	// PKCE can be switched off for providers that refuse it. Defaults to true.
	PKCE *bool `json:"pkce,omitempty"`
	// AuthorizeParams are added to the address that the person is sent to.
	AuthorizeParams map[string]string `json:"authorizeParams,omitempty"`
	// ClientAuth defaults to basic where there is a client secret, to private_key_jwt
	// where there is a private key, else to none.
	ClientAuth string `json:"clientAuth,omitempty" jsonschema:"enum=basic,enum=post,enum=none,enum=private_key_jwt"`
	// TokenPointer and ExpiresInPointer find the token and its life in seconds in an
	// answer of the provider's own form. Default to /access_token and /expires_in.
	TokenPointer     string `json:"tokenPointer,omitempty"`
	ExpiresInPointer string `json:"expiresInPointer,omitempty"`
	// ScopeSeparator joins scopes. Defaults to a space.
	ScopeSeparator string `json:"scopeSeparator,omitempty"`
	// KeyID, Issuer, Subject and Audience are claims of signed assertions (jwt_bearer,
	// private_key_jwt). Issuer and Subject default to ClientID, Audience to TokenURL.
	KeyID    string `json:"keyId,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	Subject  string `json:"subject,omitempty"`
	Audience string `json:"audience,omitempty"`
	// Resource is the resource indicator that is asked for (RFC 8707).
	Resource string `json:"resource,omitempty"`
}

// slot is where a field of authConfig goes; nil where it is none of these.
func (o *OAuth) slot(name string) any {
	switch name {
	case "grant":
		return &o.Grant
	case "pkce":
		return &o.PKCE
	case "authorizeParams":
		return &o.AuthorizeParams
	}
	if text, ok := o.texts()[name]; ok {
		return text
	}
	return nil
}

// texts are the plain text fields by name.
func (o *OAuth) texts() map[string]*string {
	return map[string]*string{
		"clientId": &o.ClientID, "authorizeUrl": &o.AuthorizeURL, "tokenUrl": &o.TokenURL, "refreshUrl": &o.RefreshURL, "deviceUrl": &o.DeviceURL,
		"revokeUrl": &o.RevokeURL, "accountUrl": &o.AccountURL, "accountPointer": &o.AccountPointer, "clientAuth": &o.ClientAuth,
		"tokenPointer": &o.TokenPointer, "expiresInPointer": &o.ExpiresInPointer, "scopeSeparator": &o.ScopeSeparator, "keyId": &o.KeyID,
		"issuer": &o.Issuer, "subject": &o.Subject, "audience": &o.Audience, "resource": &o.Resource,
	}
}

// given lists the fields that hold something, sorted.
func (o *OAuth) given() []string {
	var set []string
	if o.Grant != "" {
		set = append(set, "grant")
	}
	if o.PKCE != nil {
		set = append(set, "pkce")
	}
	if len(o.AuthorizeParams) > 0 {
		set = append(set, "authorizeParams")
	}
	for name, text := range o.texts() {
		if *text != "" {
			set = append(set, name)
		}
	}
	slices.Sort(set)
	return set
}

// withDefaults fills what follows from the rest.
func (o OAuth) withDefaults(hasSecret, hasKey bool) OAuth {
	if o.Grant == "" {
		o.Grant = GrantCode
	}
	if o.ClientAuth == "" {
		switch {
		case hasKey && o.Grant != GrantJWTBearer:
			o.ClientAuth = ClientPrivateKeyJWT
		case hasSecret:
			o.ClientAuth = ClientBasic
		default:
			o.ClientAuth = ClientNone
		}
	}
	return o
}

// UsesPKCE says whether the code flow goes with PKCE.
func (o OAuth) UsesPKCE() bool { return o.PKCE == nil || *o.PKCE }

// OAuthSecrets are the secret part of how a connection obtains grants.
type OAuthSecrets struct {
	ClientSecret secret.Secret
	// PrivateKey is PEM; it signs assertions.
	PrivateKey secret.Secret
	// TokenParams and RefreshParams are added to the requests for tokens. Their values
	// are kept secret: some providers take a second key there.
	TokenParams   map[string]secret.Secret
	RefreshParams map[string]secret.Secret
}

// OAuthConfig is how a connection obtains grants, opened for the one request that
// needs it, as it was sealed.
type OAuthConfig struct {
	OAuth
	OAuthSecrets
	// Scopes are those that are asked for.
	Scopes []string
	// Origins are where the token that is obtained may be sent.
	Origins []string
	// Exchange is how a token of TOKEN_EXCHANGE is obtained; nil for OAUTH.
	Exchange *ExchangeConfig
}

// Account is what may be shown of a grant.
type Account struct {
	// Email is whose grant it is, or the name that the provider gives; empty where it
	// does not say.
	Email string `json:"email,omitempty"`
	// Provider is the host that gave the grant.
	Provider string `json:"provider"`
	// Scopes are those that were granted, sorted; none where the provider does not say.
	Scopes []string `json:"scopes,omitempty"`
	// ExpiresAt is when the token at hand ends; zero where the provider does not say.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// Renews says that a new token is obtained before then without a person.
	Renews bool `json:"renews"`
	// ConnectedAt is when the grant was given, RefreshedAt when its token was last
	// renewed.
	ConnectedAt time.Time `json:"connectedAt,omitzero"`
	RefreshedAt time.Time `json:"refreshedAt,omitzero"`
	// Fault says why the grant is of no use any more; empty while it is.
	Fault string `json:"fault,omitempty"`
}

// openedOAuth is the part of a sealed credential that is for obtaining grants.
type openedOAuth struct {
	OAuth
	Scopes        []string          `json:"scopes,omitempty"`
	ClientSecret  string            `json:"clientSecret,omitempty"`
	PrivateKey    string            `json:"privateKey,omitempty"`
	TokenParams   map[string]string `json:"tokenParams,omitempty"`
	RefreshParams map[string]string `json:"refreshParams,omitempty"`
}

func (c *AuthConfig) openOAuth() *openedOAuth {
	return &openedOAuth{OAuth: c.OAuth.withDefaults(!c.ClientSecret.IsZero(), !c.PrivateKey.IsZero()), Scopes: c.Scopes,
		ClientSecret: c.ClientSecret.Reveal(), PrivateKey: c.PrivateKey.Reveal(), TokenParams: reveal(c.TokenParams), RefreshParams: reveal(c.RefreshParams)}
}

// decodeOAuth reads one field of authConfig that is about grants; known is false
// where it is none.
func (c *AuthConfig) decodeOAuth(name string, raw json.RawMessage) (known bool, err error) {
	switch name {
	case "clientSecret":
		return true, json.Unmarshal(raw, &c.ClientSecret)
	case "privateKey":
		return true, json.Unmarshal(raw, &c.PrivateKey)
	case "tokenParams":
		return true, c.secrets(raw, &c.TokenParams, name)
	case "refreshParams":
		return true, c.secrets(raw, &c.RefreshParams, name)
	case "expiredWhen":
		return true, json.Unmarshal(raw, &c.ExpiredWhen)
	}
	slot := c.OAuth.slot(name)
	if slot == nil {
		return false, nil
	}
	return true, json.Unmarshal(raw, slot)
}

// givenOAuth lists the secret fields about grants that hold something, and
// expiredWhen, which goes to the settings.
func (c *AuthConfig) givenOAuth() []string {
	set := c.OAuth.given()
	for name, ok := range map[string]bool{"clientSecret": !c.ClientSecret.IsZero(), "privateKey": !c.PrivateKey.IsZero(),
		"tokenParams": len(c.TokenParams) > 0, "refreshParams": len(c.RefreshParams) > 0, "expiredWhen": c.ExpiredWhen != ""} {
		if ok {
			set = append(set, name)
		}
	}
	slices.Sort(set)
	return set
}
