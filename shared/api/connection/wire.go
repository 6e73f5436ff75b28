package connection

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
)

// ListIn pages connections.
type ListIn struct {
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
	Q      string `query:"q" doc:"Part of a name."`
	Owner  string `query:"owner" doc:"me: the caller's own; others: those that others share with them."`
}

// IDIn names one connection.
type IDIn struct {
	ID string `path:"id"`
}

// CreateBody is a new connection.
type CreateBody struct {
	Name    string `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
	SpecURL string `json:"specUrl,omitempty" jsonschema:"maxLength=2048"`
	// SpecDocument is the document's text, JSON or YAML, or the JSON itself.
	SpecDocument json.RawMessage       `json:"specDocument,omitempty"`
	BaseURL      string                `json:"baseUrl,omitempty" jsonschema:"maxLength=2048"`
	Variables    map[string]string     `json:"variables,omitempty"`
	AuthType     connection.AuthType   `json:"authType" jsonschema:"required,enum=NONE,enum=API_KEY,enum=BEARER,enum=BASIC,enum=OAUTH,enum=TOKEN_EXCHANGE,enum=CUSTOM,enum=AWS_SIGV4,enum=HMAC"`
	AuthConfig   connection.AuthConfig `json:"authConfig,omitzero"`
	// ClientCertificate is shown in the TLS handshake, whatever the auth type.
	ClientCertificate *connection.ClientCertificate `json:"clientCertificate,omitempty"`
	Settings          connection.Settings           `json:"settings,omitzero"`
	// Access says who may use it besides who connects it. Left out, everyone may.
	Access *access.Setting `json:"access,omitempty"`
}

// CreateIn is the input of a new connection.
type CreateIn struct {
	Body CreateBody
}

// UpdateBody changes a connection: what is left out stays. A new authConfig
// replaces the whole credential, new settings all settings.
type UpdateBody struct {
	Name         *string                `json:"name,omitempty" jsonschema:"minLength=1,maxLength=100"`
	SpecURL      *string                `json:"specUrl,omitempty" jsonschema:"maxLength=2048"`
	SpecDocument json.RawMessage        `json:"specDocument,omitempty"`
	BaseURL      *string                `json:"baseUrl,omitempty" jsonschema:"maxLength=2048"`
	Variables    *map[string]string     `json:"variables,omitempty"`
	AuthType     *connection.AuthType   `json:"authType,omitempty" jsonschema:"enum=NONE,enum=API_KEY,enum=BEARER,enum=BASIC,enum=OAUTH,enum=TOKEN_EXCHANGE,enum=CUSTOM,enum=AWS_SIGV4,enum=HMAC"`
	AuthConfig   *connection.AuthConfig `json:"authConfig,omitempty"`
	// ClientCertificate replaces the one there is; an empty one takes it away.
	ClientCertificate *connection.ClientCertificate `json:"clientCertificate,omitempty"`
	Settings          *connection.Settings          `json:"settings,omitempty"`
}

// UpdateIn changes a connection.
type UpdateIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    UpdateBody
}

// AccessIn shares a connection, or hands it on.
type AccessIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    access.Change
}

// RefreshResult tells what a newer spec changes.
type RefreshResult struct {
	Changed           bool                     `json:"changed"`
	Breaking          []connection.Change      `json:"breaking"`
	AffectedWorkflows []connection.WorkflowRef `json:"affectedWorkflows"`
	Added             int                      `json:"added"`
	BreakingCount     int                      `json:"breakingCount"`
	// Harmless are the first of the changes that no call fails on.
	Harmless      []connection.Change `json:"harmless"`
	HarmlessCount int                 `json:"harmlessCount"`
	// BrokenWorkflows are the active workflows with steps that do not fit the new
	// document, each with a JSON Patch (RFC 6902) of its definition where what mends it
	// is certain. A patch is a proposal: change the workflow with it to take it.
	BrokenWorkflows []connection.BrokenWorkflow `json:"brokenWorkflows"`
	// Stale: the source is down; the stored document stays.
	Stale bool `json:"stale"`
}

// ReportIn pages the findings of a validation report.
type ReportIn struct {
	ID     string `path:"id"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// EndpointsIn searches operations.
type EndpointsIn struct {
	ID     string `path:"id"`
	Q      string `query:"q" doc:"Words; ranked. Empty: all, in the document's order."`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// EndpointIn names one operation.
type EndpointIn struct {
	ID          string `path:"id"`
	OperationID string `path:"operationId"`
}

// Endpoint is one operation in full.
type Endpoint struct {
	spec.Summary
	Parameters []Parameter        `json:"parameters"`
	Body       *Body              `json:"body,omitempty"`
	Responses  []Response         `json:"responses"`
	Security   []spec.Requirement `json:"security"`
	BaseURL    string             `json:"baseUrl"`
	Risk       string             `json:"risk"`   // read, write, irreversible
	Effect     string             `json:"effect"` // safe, idempotent, keyed, unsafe
	Sample     Sample             `json:"sample"`
}

// Parameter with its schema resolved.
type Parameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Required    bool            `json:"required"`
	Deprecated  bool            `json:"deprecated,omitempty"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	Example     json.RawMessage `json:"example,omitempty"`
}

// Body with its schema resolved.
type Body struct {
	Required    bool            `json:"required"`
	Description string          `json:"description,omitempty"`
	MediaType   string          `json:"mediaType"`
	MediaTypes  []string        `json:"mediaTypes"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

// Response with its schema resolved.
type Response struct {
	Status      string          `json:"status"`
	Description string          `json:"description,omitempty"`
	MediaType   string          `json:"mediaType,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
}

// Sample is a request that fits the schemas.
type Sample struct {
	Parameters map[string]json.RawMessage `json:"parameters"`
	Body       json.RawMessage            `json:"body,omitempty"`
}
