// Package apierr owns the closed set of error codes that clients rely on and
// keeps the message that a person may read apart from the cause that only the
// log may see. It never formats HTTP.
package apierr

import (
	"errors"
	"fmt"
	"time"
)

// Code is one of the codes of the HTTP contract (docs/api.md).
type Code string

// The closed set. Adding one is a change of the contract.
const (
	ValidationFailed    Code = "VALIDATION_FAILED"
	Unauthenticated     Code = "UNAUTHENTICATED"
	MFARequired         Code = "MFA_REQUIRED"
	Forbidden           Code = "FORBIDDEN"
	NotFound            Code = "NOT_FOUND"
	Conflict            Code = "CONFLICT"
	IdempotencyMismatch Code = "IDEMPOTENCY_MISMATCH"
	VersionStale        Code = "VERSION_STALE"
	PayloadTooLarge     Code = "PAYLOAD_TOO_LARGE"
	RateLimited         Code = "RATE_LIMITED"
	QuotaExceeded       Code = "QUOTA_EXCEEDED"
	SpecUnreachable     Code = "SPEC_UNREACHABLE"
	SpecTimeout         Code = "SPEC_TIMEOUT"
	SpecInvalid         Code = "SPEC_INVALID"
	SpecTooLarge        Code = "SPEC_TOO_LARGE"
	EgressBlocked       Code = "EGRESS_BLOCKED"
	UpstreamError       Code = "UPSTREAM_ERROR"
	UpstreamTimeout     Code = "UPSTREAM_TIMEOUT"
	CredentialsInvalid  Code = "CREDENTIALS_INVALID"
	Reauthorize         Code = "REAUTHORIZE"
	PlanNotPossible     Code = "PLAN_NOT_POSSIBLE"
	PlannerUnavailable  Code = "PLANNER_UNAVAILABLE"
	WorkflowInvalid     Code = "WORKFLOW_INVALID"
	Unavailable         Code = "UNAVAILABLE"
	Internal            Code = "INTERNAL"
)

// Problem points at one fault inside an input.
type Problem struct {
	// Path is where the fault lies: a JSON Pointer into the request body, or
	// "query.limit", "header.If-Match" for the other places.
	Path string `json:"path"`
	// Code is a short machine word for the fault: "required", "type", "unknown_field".
	Code string `json:"code"`
	// Message says in plain words what to do about it.
	Message string `json:"message"`
}

// Error is an error that may reach a client. Detail is public; the cause is not.
type Error struct {
	Code       Code
	Detail     string
	Problems   []Problem
	RetryAfter time.Duration
	cause      error
}

// New makes an error without a cause.
func New(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Newf is New with formatting. What is formatted in becomes public.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Wrap gives a cause, which only logs see, its public code and detail.
func Wrap(code Code, detail string, cause error) *Error {
	return &Error{Code: code, Detail: detail, cause: cause}
}

// With adds problems and returns the same error.
func (e *Error) With(problems ...Problem) *Error {
	e.Problems = append(e.Problems, problems...)
	return e
}

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return string(e.Code) + ": " + e.Detail + ": " + e.cause.Error()
	}
	return string(e.Code) + ": " + e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, apierr.New(code, "")) compare by code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// From finds the public error in err's chain; whatever has none is INTERNAL.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Detail: "Something went wrong on our side. Try again; if it stays, give support the request id.", cause: err}
}

// CodeOf is the code of err, INTERNAL for an unknown one, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}
