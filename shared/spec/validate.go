package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/spec/internal/rawjson"
)

// maxProblems bounds what one validation reports.
const maxProblems = 50

// Validate checks a value, decoded as by encoding/json or given as
// json.RawMessage, against a schema of this document. checked is false when the
// schema does not compile or takes too long: then nothing is known, and there
// are no problems.
// Paths are JSON Pointers into the instance; codes are JSON Schema's keywords.
//
// The library asserts the formats that leave no doubt: dates, times, UUIDs,
// addresses of mail and machines, and the ranges of int32 and int64.
func (d *Document) Validate(schema json.RawMessage, instance any) (problems []apierr.Problem, checked bool) {
	return d.ValidateAs(AnyWay, schema, instance)
}

// ValidateAs is Validate of a value that goes one way.
func (d *Document) ValidateAs(dir Direction, schema json.RawMessage, instance any) (problems []apierr.Problem, checked bool) {
	problems, checked, _ = d.ValidateWithin(dir, schema, instance, maxVisits)
	return problems, checked
}

// ValidateWithin is ValidateAs that tries at most limit schema objects, beyond which
// the value is unchecked, and tells how many it took.
func (d *Document) ValidateWithin(dir Direction, schema json.RawMessage, instance any, limit int) (problems []apierr.Problem, checked bool, took int) {
	instance, err := plain(instance)
	if err != nil {
		return []apierr.Problem{{Code: "json", Message: "The value is not JSON."}}, true, 0
	}
	if path, found := uncountable(instance); found {
		return []apierr.Problem{{Path: pointer("", path...), Code: "number", Message: "The number has too many digits."}}, true, 0
	}
	took, checked, err = d.validator().run(dir, schema, instance, limit)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil, checked, took
	case errors.As(err, &invalid):
		p := problemWriter{printer: message.NewPrinter(language.English), overlapping: dir == Answered}
		p.add(invalid)
		return p.list, true, took
	}
	return nil, false, took
}

// plain gives the instance the types that the validator knows.
func plain(instance any) (any, error) {
	var raw []byte
	switch v := instance.(type) {
	case nil, bool, string, float64, json.Number:
		return v, nil
	case json.RawMessage:
		raw = v
	default:
		var err error
		if raw, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

// problemWriter flattens a tree of validation errors to its leaves.
type problemWriter struct {
	printer *message.Printer
	list    []apierr.Problem
	// overlapping: a value that several alternatives of a oneOf allow is no problem. An
	// API that answers with one of two things of which one has all that the other has
	// answers right, though its document is not exact; a request is held to the letter.
	overlapping bool
}

func (w *problemWriter) add(e *jsonschema.ValidationError) {
	if len(w.list) >= maxProblems {
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			w.put(append(append([]string(nil), e.InstanceLocation...), name), "required", "The field is required.")
		}
		return
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			w.put(append(append([]string(nil), e.InstanceLocation...), name), "additionalProperties", "The field is not known here.")
		}
		return
	case *kind.OneOf:
		if w.overlapping && len(k.Subschemas) > 1 {
			return
		}
		if closest := nearest(e.Causes); closest != nil {
			w.add(closest)
			return
		}
	case *kind.AnyOf:
		// Of the alternatives tell the one that comes closest; all of them at once only
		// confuse.
		if closest := nearest(e.Causes); closest != nil {
			w.add(closest)
			return
		}
	}
	if len(e.Causes) == 0 {
		code := "invalid"
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			code = path[len(path)-1]
		}
		w.put(e.InstanceLocation, code, e.ErrorKind.LocalizedString(w.printer))
		return
	}
	for _, cause := range e.Causes {
		w.add(cause)
	}
}

func (w *problemWriter) put(path []string, code, text string) {
	w.list = append(w.list, apierr.Problem{Path: pointer("", path...), Code: code, Message: rawjson.Cut(sentence(text), 300)})
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// nearest is the alternative that failed deepest in the value, then with the
// fewest faults.
func nearest(list []*jsonschema.ValidationError) *jsonschema.ValidationError {
	var best *jsonschema.ValidationError
	bestDepth, bestFaults := -1, 0
	for _, e := range list {
		depth, faults := measure(e)
		if depth > bestDepth || depth == bestDepth && faults < bestFaults {
			best, bestDepth, bestFaults = e, depth, faults
		}
	}
	return best
}

func measure(e *jsonschema.ValidationError) (depth, faults int) {
	if len(e.Causes) == 0 {
		return len(e.InstanceLocation), 1
	}
	for _, cause := range e.Causes {
		d, f := measure(cause)
		depth, faults = max(depth, d), faults+f
	}
	return depth, faults
}
