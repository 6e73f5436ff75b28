package scim

import (
	"errors"
	"strconv"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/table"
)

// The protocol's words for faults (RFC 7644, table 9), as codes of a problem.
const (
	invalidFilter = "invalidFilter"
	tooMany       = "tooMany"
	uniqueness    = "uniqueness"
	mutability    = "mutability"
	invalidSyntax = "invalidSyntax"
	invalidPath   = "invalidPath"
	noTarget      = "noTarget"
	invalidValue  = "invalidValue"
)

func fault(word, path, detail string) error {
	return apierr.New(apierr.ValidationFailed, detail).With(apierr.Problem{Path: path, Code: word, Message: detail})
}

func taken(detail string) error {
	return apierr.New(apierr.Conflict, detail).With(apierr.Problem{Code: uniqueness, Message: detail})
}

func notHere() error {
	return apierr.New(apierr.NotFound, "There is no such resource in this workspace.")
}

// Error is the protocol's form of an error.
type Error struct {
	Schemas  []string `json:"schemas"`
	Status   string   `json:"status"`
	ScimType string   `json:"scimType,omitempty"`
	Detail   string   `json:"detail"`
}

// ErrorOf is an error as the protocol tells it. What went wrong before a handler was
// reached has no word of the protocol's, but for a body that is no JSON.
func ErrorOf(e *apierr.Error) Error {
	out := Error{Schemas: []string{SchemaError}, Status: strconv.Itoa(e.Code.Status()), Detail: e.Detail}
	for _, p := range e.Problems {
		switch p.Code {
		case invalidFilter, tooMany, uniqueness, mutability, invalidSyntax, invalidPath, noTarget, invalidValue:
			out.ScimType = p.Code
			return out
		}
	}
	if e.Code == apierr.ValidationFailed {
		out.ScimType = invalidSyntax
	}
	return out
}

// raced says that somebody else wrote at the same moment.
func raced(err error) bool {
	return errors.Is(err, table.ErrCondition)
}
