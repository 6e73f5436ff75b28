// Package report has validation reports of stored documents made, one at a time
// and behind everything else, and keeps each beside its document. It never decides
// whether a document may be used: an import has ended before its report begins.
//
//	wanted → pending → done | unavailable
//
// A report is pending until it is stored. What waits when the process ends is
// wanted again by whoever next asks how it stands.
package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/spec"
)

// State is how a report stands.
type State string

// The states of a report.
const (
	Pending     State = "pending"
	Done        State = "done"
	Unavailable State = "unavailable" // the document will not be validated, for the reason given
)

// Summary is a report without its findings.
type Summary struct {
	State State `json:"state"`
	// Reason says why the document was not validated.
	Reason string `json:"reason,omitempty"`
	// Warnings counts what did not keep the import from reading the document, Errors
	// what the validator of the specification finds.
	Warnings int       `json:"warnings"`
	Errors   int       `json:"errors"`
	At       time.Time `json:"at,omitzero"`
}

// Report is a report with its findings: those of the import, whatever the state but
// pending, then the validator's.
type Report struct {
	Summary
	Findings []spec.Warning `json:"findings"`
}

// CodeValidator is the code of the validator's findings, which are errors; those of
// all other codes are warnings.
const CodeValidator = "libopenapi"

// UnavailableError is a Validator's where trying again would give the same.
type UnavailableError struct {
	// Reason is a sentence for people.
	Reason string
}

func (e *UnavailableError) Error() string { return "report: there will be none: " + e.Reason }

// Unavailablef makes an UnavailableError of a sentence.
func Unavailablef(format string, args ...any) error {
	return &UnavailableError{fmt.Sprintf(format, args...)}
}

// Validator finds what is wrong with a document, given as JSON, beside what the
// import found. An UnavailableError is the document's; any other passes, and the
// report is made another time.
type Validator interface {
	Validate(ctx context.Context, document []byte) ([]spec.Warning, error)
}

// of makes a report of what the import found, and of what the validator found or why
// there is nothing of it.
func of(imported, validated []spec.Warning, none *UnavailableError, at time.Time) Report {
	r := Report{Summary{State: Done, At: at}, imported}
	if none != nil {
		r.State, r.Reason = Unavailable, none.Reason
	} else {
		r.Findings = slices.Concat(imported, validated)
	}
	for _, f := range r.Findings {
		if f.Code == CodeValidator {
			r.Errors++
		} else {
			r.Warnings++
		}
	}
	return r
}
