package apierr

import (
	"maps"
	"net/http"
	"slices"
)

// row is one line of the contract's table of codes.
type row struct {
	status int
	title  string
}

// table is the contract's list of codes; nothing writes to it.
var table = map[Code]row{
	ValidationFailed:    {http.StatusBadRequest, "The request is not valid"},
	Unauthenticated:     {http.StatusUnauthorized, "Sign in first"},
	MFARequired:         {http.StatusUnauthorized, "A second factor is needed"},
	Forbidden:           {http.StatusForbidden, "Not allowed"},
	NotFound:            {http.StatusNotFound, "Not found"},
	Conflict:            {http.StatusConflict, "Conflict"},
	IdempotencyMismatch: {http.StatusConflict, "Idempotency key used with another body"},
	VersionStale:        {http.StatusPreconditionFailed, "The resource has changed"},
	PayloadTooLarge:     {http.StatusRequestEntityTooLarge, "Too large"},
	RateLimited:         {http.StatusTooManyRequests, "Too many requests"},
	QuotaExceeded:       {http.StatusTooManyRequests, "Quota used up"},
	SpecUnreachable:     {http.StatusBadGateway, "Spec unreachable"},
	SpecTimeout:         {http.StatusGatewayTimeout, "Spec timed out"},
	SpecInvalid:         {http.StatusUnprocessableEntity, "Not a usable OpenAPI document"},
	SpecTooLarge:        {http.StatusUnprocessableEntity, "Spec too large"},
	EgressBlocked:       {http.StatusUnprocessableEntity, "Address not allowed"},
	UpstreamError:       {http.StatusBadGateway, "The API failed"},
	UpstreamTimeout:     {http.StatusGatewayTimeout, "The API timed out"},
	CredentialsInvalid:  {http.StatusUnprocessableEntity, "Credentials not usable"},
	Reauthorize:         {http.StatusConflict, "Connect again"},
	PlanNotPossible:     {http.StatusUnprocessableEntity, "No plan possible"},
	PlannerUnavailable:  {http.StatusServiceUnavailable, "Planner unavailable"},
	WorkflowInvalid:     {http.StatusUnprocessableEntity, "The workflow is not valid"},
	Unavailable:         {http.StatusServiceUnavailable, "Not available for the moment"},
	Internal:            {http.StatusInternalServerError, "Internal error"},
}

// Status is the HTTP status of a code; 500 for one outside the set.
func (c Code) Status() int {
	if r, ok := table[c]; ok {
		return r.status
	}
	return http.StatusInternalServerError
}

// Title is the short constant phrase of a code (RFC 9457 "title").
func (c Code) Title() string { return table[c].title }

// Codes lists the closed set in alphabetical order, for documents and tests.
func Codes() []Code { return slices.Sorted(maps.Keys(table)) }
