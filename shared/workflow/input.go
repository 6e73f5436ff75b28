package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/apiq/apiq/shared/apierr"
)

// MaxInputBytes is the largest input of a run: Step Functions' payload quota.
const MaxInputBytes = 256 << 10

// CheckInput judges a run's input by the document's input schema; no input
// counts as {}. The error is VALIDATION_FAILED with faults below /input.
func (d *Document) CheckInput(input json.RawMessage) error {
	if len(input) > MaxInputBytes {
		return refused(apierr.Problem{Path: "/input", Code: "too_large", Message: fmt.Sprintf("The input is at most %d KiB.", MaxInputBytes>>10)})
	}
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(input))
	if err != nil {
		return refused(apierr.Problem{Path: "/input", Code: "json", Message: "The input is not JSON."})
	}
	if len(d.Input) == 0 {
		return nil
	}
	schema, err := compileSchema(d.Input)
	if err != nil {
		return apierr.Wrap(apierr.WorkflowInvalid, "The workflow's input schema is not usable.", err)
	}
	var failed *jsonschema.ValidationError
	if !errors.As(schema.Validate(instance), &failed) {
		return nil
	}
	var problems []apierr.Problem
	collectInput(failed, message.NewPrinter(language.English), &problems)
	return refused(problems...)
}

func collectInput(v *jsonschema.ValidationError, p *message.Printer, to *[]apierr.Problem) {
	if len(*to) >= maxProblems {
		return
	}
	at := append([]string{"input"}, v.InstanceLocation...)
	if missing, ok := v.ErrorKind.(*kind.Required); ok {
		for _, name := range missing.Missing {
			*to = append(*to, apierr.Problem{Path: Pointer(append(at, name)...), Code: "required", Message: "The input needs " + name + "."})
		}
		return
	}
	if len(v.Causes) == 0 {
		*to = append(*to, apierr.Problem{Path: Pointer(at...), Code: "schema", Message: sentence(v.ErrorKind.LocalizedString(p))})
	}
	for _, cause := range v.Causes {
		collectInput(cause, p, to)
	}
}

func refused(problems ...apierr.Problem) error {
	return apierr.New(apierr.ValidationFailed, "The input does not fit the workflow.").With(problems...)
}
