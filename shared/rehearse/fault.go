package rehearse

import (
	"slices"
	"strings"
	"time"
)

// Fault is what may happen to a call.
type Fault string

// The faults that are played.
const (
	Unauthorized Fault = "unauthorized"  // 401, each time
	RateLimited  Fault = "rate_limited"  // 429 with Retry-After, once
	TimedOut     Fault = "timeout"       // the API does it, and its answer never comes, each time
	FieldMissing Fault = "field_missing" // the answer lacks a field, each time
	FieldType    Fault = "field_type"    // the answer has a field of another type, each time
)

// Faults lists them in the order in which they are played.
func Faults() []Fault { return []Fault{Unauthorized, RateLimited, TimedOut, FieldMissing, FieldType} }

// Valid says whether f is one of them.
func (f Fault) Valid() bool { return slices.Contains(Faults(), f) }

// oneOf tells which there are.
func oneOf() string {
	var names []string
	for _, f := range Faults() {
		names = append(names, string(f))
	}
	return "One of " + strings.Join(names, ", ") + "."
}

// retryAfter is what a played 429 asks for.
const retryAfter = 2 * time.Second

func (f Fault) what(step, field string) string {
	if field == "" {
		field = "a field"
	}
	switch f {
	case Unauthorized:
		return "The API answers " + step + " with 401 each time."
	case RateLimited:
		return "The API answers " + step + " with 429 and Retry-After: 2 once."
	case TimedOut:
		return "The API does what " + step + " asks, but its answer never comes."
	case FieldMissing:
		return "The API's answer to " + step + " lacks " + field + "."
	case FieldType:
		return "In the API's answer to " + step + ", " + field + " is of another type."
	}
	return ""
}
