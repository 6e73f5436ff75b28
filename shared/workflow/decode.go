package workflow

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/apiq/apiq/shared/apierr"
)

// Limits of a document.
const (
	MaxBytes = 512 << 10
	MaxSteps = 500
	// MaxDepth is how deep steps may be nested in steps.
	MaxDepth = 20
	// maxNesting bounds the JSON itself: each level of steps takes up to three of it.
	maxNesting = 200
	// maxProblems is how many faults one answer names.
	maxProblems = 50
)

// Parse reads a document at an entrance of the product: from a person, a model
// or a file. It is strict (unknown, duplicate and case-variant fields are
// refused), bounded, and checks all that can be judged without the APIs. The
// error is WORKFLOW_INVALID with every fault found, each at its JSON Pointer.
func Parse(raw []byte) (*Document, error) {
	if len(raw) > MaxBytes {
		return nil, invalid(apierr.Problem{Code: "too_large", Message: fmt.Sprintf("A workflow is at most %d KiB.", MaxBytes>>10)})
	}
	if p := wellFormed(raw); p != nil {
		return nil, invalid(*p)
	}
	problems, err := matchSchema(raw)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, invalid(problems...)
	}
	doc, err := decode(raw)
	if err != nil {
		return nil, err
	}
	if problems := doc.Validate(); len(problems) > 0 {
		return nil, invalid(problems...)
	}
	return doc, nil
}

// Stored reads a document that Parse accepted before and this package stored. It
// is as strict on form, but does not judge expressions again.
func Stored(raw []byte) (*Document, error) { return decode(raw) }

// Encode writes the document in its one canonical form: fields in the order of
// Document, no insignificant space, text unescaped.
func Encode(d *Document) ([]byte, error) {
	var b bytes.Buffer
	enc := stdjson.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("workflow: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decode(raw []byte) (*Document, error) {
	var doc Document
	err := json.Unmarshal(raw, &doc, json.RejectUnknownMembers(true))
	if err == nil {
		return &doc, nil
	}
	p := apierr.Problem{Code: "json", Message: "This is not a workflow document."}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		p.Path, p.Code = string(semantic.JSONPointer), "type"
		if errors.Is(err, json.ErrUnknownName) {
			p.Code, p.Message = "unknown_field", "There is no such field."
		}
	}
	return nil, apierr.Wrap(apierr.WorkflowInvalid, "The workflow is not valid.", err).With(p)
}

// wellFormed refuses what is no JSON: a person gets one fault and its place.
func wellFormed(raw []byte) *apierr.Problem {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	ended := false
	for {
		token, err := dec.ReadToken()
		if err != nil {
			if ended && dec.InputOffset() == int64(len(raw)) {
				return nil
			}
			return syntaxProblem(err)
		}
		if ended {
			return &apierr.Problem{Code: "json", Message: "There is text after the document."}
		}
		if dec.StackDepth() > maxNesting {
			return &apierr.Problem{Path: string(dec.StackPointer()), Code: "too_deep", Message: "The JSON is nested too deep."}
		}
		if dec.StackDepth() == 0 {
			if token.Kind() != '}' {
				return &apierr.Problem{Code: "type", Message: "A workflow is a JSON object."}
			}
			ended = true
			if len(bytes.TrimSpace(raw[dec.InputOffset():])) == 0 {
				return nil
			}
		}
	}
}

func syntaxProblem(err error) *apierr.Problem {
	p := &apierr.Problem{Code: "json", Message: "The text is not well-formed JSON."}
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) {
		return p
	}
	p.Path = string(syntactic.JSONPointer)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		p.Code, p.Message = "duplicate_field", "The field is given twice."
		return p
	}
	p.Message = fmt.Sprintf("The text is not well-formed JSON at byte %d.", syntactic.ByteOffset)
	return p
}

func invalid(problems ...apierr.Problem) error {
	detail := "The workflow is not valid."
	if len(problems) > maxProblems {
		problems = problems[:maxProblems]
		detail = fmt.Sprintf("The workflow is not valid; these are the first %d faults.", maxProblems)
	}
	return apierr.New(apierr.WorkflowInvalid, detail).With(problems...)
}
