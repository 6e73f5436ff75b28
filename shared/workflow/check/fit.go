package check

import (
	"encoding/json"
	"slices"

	"github.com/apiq/apiq/shared/expr/static"
	"github.com/apiq/apiq/shared/spec"
)

// findingKind sorts what fit finds.
type findingKind int

const (
	unknown       findingKind = iota
	perhapsAbsent             // whether the required fields are there is not known
	mismatch
	absent // a required field is not bound
)

type finding struct {
	kind findingKind
	at   string // JSON Pointer inside the step
	text string
}

// maxFit bounds how deep values are compared; schemas may be endless.
const maxFit = 12

// fitter compares values with the schemas of one document.
type fitter struct {
	doc *spec.Document
	// wire says that the value is written as text (path, query, header, cookie),
	// where a number and its text are the same.
	wire     bool
	findings []finding
	depth    int
}

func (f *fitter) put(kind findingKind, at, text string) {
	if len(f.findings) < 100 {
		f.findings = append(f.findings, finding{kind, at, text})
	}
}

// say is put with the place's name before the text.
func (f *fitter) say(kind findingKind, at, text string) { f.put(kind, at, label(at)+text) }

// bind judges a value that is set at a place, wherever in it something is read that
// is not there.
func (f *fitter) bind(at string, v static.Value, target spec.Shape) {
	f.gone(at, v, 0)
	f.fit(at, v, target)
}

// fit judges a value for a place whose schema is target; what is read from nowhere is
// said by bind.
func (f *fitter) fit(at string, v static.Value, target spec.Shape) {
	if f.depth++; f.depth > maxFit {
		f.depth--
		return
	}
	defer func() { f.depth-- }()
	switch {
	case v.Missing != "":
		return
	case !target.Known():
		f.say(unknown, at, ": the spec does not say what it must be.")
		return
	case v.Const != nil && !plainObject(v, target):
		f.constant(at, v, target)
		return
	case !v.Known():
		if len(target.Required()) > 0 {
			f.say(perhapsAbsent, at, ": whether it has the required fields is not known before the run.")
		}
		f.say(unknown, at, ": what it will be is not known before the run.")
		return
	}
	want := typesOf(target, 0)
	if len(want) == 0 {
		f.say(unknown, at, ": the spec allows several forms; which one it will have is not known.")
		return
	}
	if !f.types(at, v, want) {
		return
	}
	switch {
	case v.May("object") && contains(want, "object"):
		f.object(at, v, target)
	case v.May("array") && contains(want, "array") && v.Parts != nil:
		f.fit(at+"/0", v.Parts.Item(), target.Items())
	case len(target.Enum()) > 0:
		f.enum(at, v, target)
	}
}

// plainObject tells an object that is better judged member by member: that knows
// which fields only answers hold.
func plainObject(v static.Value, target spec.Shape) bool {
	return v.Const[0] == '{' && target.Is("object") && len(target.Variants()) == 0
}

// types compares the types only; true when the parts are worth comparing.
func (f *fitter) types(at string, v static.Value, want []string) bool {
	var good, bad []string
	perhaps := ""
	for _, t := range v.Types {
		switch {
		case contains(want, t), t == "integer" && contains(want, "number"), f.wire && asText(t, want):
			good = append(good, t)
		case t == "number" && contains(want, "integer"):
			perhaps = "it may not be whole"
		case f.wire && t == "string" && (contains(want, "integer") || contains(want, "number") || contains(want, "boolean")):
			perhaps = "it is text, and must be " + words(want)
		default:
			bad = append(bad, t)
		}
	}
	switch {
	case len(bad) == len(v.Types), len(bad) > 0 && !v.Sequence && slices.Equal(good, []string{"null"}):
		f.say(mismatch, at, ": "+words(want)+" is needed; it is "+words(v.Types)+".")
		return false
	case perhaps != "":
		f.say(unknown, at, ": "+perhaps+".")
		return false
	case len(bad) > 0 && v.Sequence && slices.Equal(bad, []string{"array"}):
		f.say(unknown, at, ": the path may match several values, and one is needed.")
		return false
	case len(bad) > 0 && v.Sequence && !contains(good, "array"):
		f.say(unknown, at, ": it may be "+words(bad)+", and "+words(want)+" is needed.")
		return false
	case len(bad) > 0 && v.Sequence:
		f.say(unknown, at, ": a single match comes without its array; write [] after the path.")
		return false
	case len(bad) > 0:
		f.say(unknown, at, ": it may be "+words(bad)+", and "+words(want)+" is needed.")
		return false
	}
	return true
}

// asText: on the wire a scalar is text, and a list of one is its element.
func asText(t string, want []string) bool {
	switch t {
	case "integer", "number", "boolean":
		return contains(want, "string") || contains(want, "array")
	case "string":
		return contains(want, "array")
	}
	return false
}

// constant holds a fixed value against its schema.
func (f *fitter) constant(at string, v static.Value, target spec.Shape) {
	problems, checked := f.doc.Validate(target.Raw(), v.Const)
	if checked && len(problems) > 0 && f.wire && f.inAnotherForm(v.Const, target) {
		return
	}
	if !checked {
		f.say(unknown, at, ": the spec's schema cannot be applied.")
		return
	}
	for _, p := range problems {
		kind := mismatch
		if p.Code == "required" {
			kind = absent
		}
		f.say(kind, at+p.Path, ": "+p.Message)
	}
}

// inAnotherForm: on the wire a number and its text are the same, and so are one
// element and a list of it.
func (f *fitter) inAnotherForm(raw json.RawMessage, target spec.Shape) bool {
	if raw[0] == '{' || raw[0] == '[' {
		return false
	}
	forms := []json.RawMessage{}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if json.Valid([]byte(text)) {
			forms = append(forms, json.RawMessage(text))
		}
	} else if b, err := json.Marshal(string(raw)); err == nil {
		forms = append(forms, b)
	}
	for _, form := range append(forms, raw) {
		if problems, _ := f.doc.Validate(target.Raw(), form); len(problems) == 0 {
			return true
		}
		list := slices.Concat(json.RawMessage("["), form, json.RawMessage("]"))
		if problems, _ := f.doc.Validate(target.Raw(), list); len(problems) == 0 {
			return true
		}
	}
	return false
}
