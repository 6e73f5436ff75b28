package connection

import (
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/call/sign"
	"github.com/apiq/apiq/shared/ratelimit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/spec/report"
)

// AuthType says how requests authenticate.
type AuthType string

// XX this home can
// obtain tokens for it.
const (
	AuthNone          AuthType = "NONE"
	AuthAPIKey        AuthType = "API_KEY"
	AuthBearer        AuthType = "BEARER"
	AuthBasic         AuthType = "BASIC"
	AuthOAuth         AuthType = "OAUTH"
	AuthTokenExchange AuthType = "TOKEN_EXCHANGE"
	AuthCustom        AuthType = "CUSTOM"
	AuthAWS           AuthType = "AWS_SIGV4"
	AuthHMAC          AuthType = "HMAC"
)

// Status is a connection's state.
type Status string

// IMPORTING → ACTIVE | FAILED; ACTIVE ↔ UNREACHABLE, CREDENTIALS_INVALID,
// NEEDS_AUTHORISATION.
const (
	StatusImporting          Status = "IMPORTING"
	StatusActive             Status = "ACTIVE"
	StatusFailed             Status = "FAILED"
	StatusUnreachable        Status = "UNREACHABLE"
	StatusCredentialsInvalid Status = "CREDENTIALS_INVALID"
	// StatusNeedsAuthorisation: a person has to consent, for the first time or anew.
	StatusNeedsAuthorisation Status = "NEEDS_AUTHORISATION"
)

// Connection is a workspace's access to one API: a spec, a base URL, a
// credential. The credential itself is not in it; see Credential.
type Connection struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Name    string `json:"name"`
	// SpecURL is where the document came from, credentials in its query masked;
	// empty when it was uploaded.
	SpecURL string `json:"specUrl,omitempty"`
	// BaseURL is what requests start with, its variables filled.
	BaseURL   string            `json:"baseUrl"`
	Variables map[string]string `json:"variables,omitempty"`
	AuthType  AuthType          `json:"authType"`
	// Auth shows which credential fields are set, and the public ones (in, name, username).
	Auth AuthView `json:"auth"`
	// Account is what is known of the grant of an OAUTH connection; nil without one.
	Account *Account `json:"account,omitempty"`
	// Certificate is the client certificate that is shown in the TLS handshake.
	Certificate   *CertificateView `json:"certificate,omitempty"`
	Status        Status           `json:"status"`
	StatusDetail  string           `json:"statusDetail,omitempty"`
	Progress      *Import          `json:"import,omitempty"`
	Title         string           `json:"title,omitempty"`
	EndpointCount int              `json:"endpointCount"`
	SpecHash      string           `json:"specHash,omitempty"`
	// SpecVersion is the API's own version (info.version).
	SpecVersion string `json:"specVersion,omitempty"`
	SpecFormat  string `json:"specFormat,omitempty"` // "OpenAPI 3.0.3 (yaml)"
	// SpecStale: the source was down at the last fetch and the stored document serves.
	SpecStale bool `json:"specStale,omitempty"`
	// Imported is what the import of the document cost; nil before there is one, and
	// where it was imported before that was kept.
	Imported *library.Figures `json:"imported,omitempty"`
	// Warnings are the first of the document's faults; WarningCount is how many there are.
	Warnings     []spec.Warning `json:"warnings,omitempty"`
	WarningCount int            `json:"warningCount,omitempty"`
	// Report is how the validation report of the document stands; of a single
	// connection only.
	Report *report.Summary `json:"report,omitempty"`
	// Risk is the review's verdict: low, medium or high, with its reasons.
	Risk Risk `json:"risk"`
	// Approval is the last acceptance of the review, of the document it names.
	Approval *Approval `json:"approval,omitempty"`
	// SecuritySchemes are the document's ways to sign in, of a single connection only;
	// none where they are too large to keep.
	SecuritySchemes map[string]spec.SecurityScheme `json:"securitySchemes,omitempty"`
	// Sample marks the connections that come with the product.
	Sample bool `json:"sample,omitempty"`
	// Origins are the scheme://host:port that the credential may be sent to.
	Origins []string `json:"origins"`
	// Settings say how the API wants to be called.
	Settings Settings `json:"settings,omitzero"`
	// Limits is what the API last said of its rate limits; nil for nothing.
	Limits *Limits `json:"limits,omitempty"`
	access.Sharing
	// May is what its reader may do with it; empty for an auditor who could not use it.
	May         access.Level `json:"may,omitempty" jsonschema:"enum=use,enum=edit,enum=manage"`
	LastUsed    time.Time    `json:"lastUsed,omitzero"`
	LastUpdated time.Time    `json:"lastUpdated,omitzero"` // of the spec
	CreatedAt   time.Time    `json:"createdAt"`
	UpdatedAt   time.Time    `json:"updatedAt"`
}

// AuthView is what may be shown of a credential.
type AuthView struct {
	In       string   `json:"in,omitempty"`
	Name     string   `json:"name,omitempty"`
	Username string   `json:"username,omitempty"`
	Set      []string `json:"set"` // names of the fields that hold a value
	// Scopes are those that the token was granted, sorted; none where that is not known.
	Scopes []string `json:"scopes,omitempty"`
	// OAuth is how an OAUTH connection obtains its grant, Requested the scopes that it
	// asks for, sorted.
	OAuth     *OAuth   `json:"oauth,omitempty"`
	Requested []string `json:"requestedScopes,omitempty"`
	// Exchange is how TOKEN_EXCHANGE obtains its token.
	Exchange *ExchangeView `json:"exchange,omitempty"`
	// Region and Service are those of AWS_SIGV4.
	Region  string `json:"region,omitempty"`
	Service string `json:"service,omitempty"`
	// Scheme says how HMAC signs.
	Scheme *sign.Scheme `json:"scheme,omitempty"`
}

// Limits is what an API said of its rate limits, as of At.
type Limits struct {
	At time.Time `json:"at"`
	// BlockedUntil: it asked to be left alone until then.
	BlockedUntil time.Time         `json:"blockedUntil,omitzero"`
	Quotas       []ratelimit.Quota `json:"quotas"`
}

// Import is the progress of a background import.
type Import struct {
	Stage   string `json:"stage"` // fetching, parsing, storing
	Percent int    `json:"percent"`
}

// Risk is the verdict of the review of a document.
type Risk struct {
	Level   string   `json:"level"`
	Reasons []string `json:"reasons,omitempty"`
}

// Credential is the opened credential, for the one request that needs it.
type Credential struct {
	Type  AuthType
	In    string // API_KEY: header, query, cookie
	Name  string // API_KEY
	Value secret.Secret
	Token secret.Secret // BEARER, OAUTH
	// Serial is which of a grant's tokens this is: Renew takes it.
	Serial   int64
	Username string        // BASIC
	Password secret.Secret // BASIC
	Headers  map[string]secret.Secret
	Query    map[string]secret.Secret
	AWS      sign.AWS      // AWS_SIGV4
	Secret   secret.Secret // HMAC
	Scheme   sign.Scheme   // HMAC
	// Certificate is for the TLS handshake, whatever the type; nil for none.
	Certificate *ClientCertificate
	// Origins are where the credential may be sent, in the spelling of
	// egress.Origin. They are sealed with it: changing the stored connection does
	// not change them.
	Origins []string
}
