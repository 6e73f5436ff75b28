package workflow

import (
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/message"

	"github.com/apiq/apiq/shared/apierr"
)

// comparePointers orders faults as the document is read: numbers by value.
func comparePointers(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	return slices.CompareFunc(as, bs, func(x, y string) int {
		i, errI := strconv.Atoi(x)
		j, errJ := strconv.Atoi(y)
		if errI == nil && errJ == nil {
			return i - j
		}
		return strings.Compare(x, y)
	})
}

// explainer turns a tree of failed keywords into faults that a person can mend.
type explainer struct {
	fields   map[string][]string
	root     any
	printer  *message.Printer
	problems []apierr.Problem
	seen     map[apierr.Problem]bool
}

func (e *explainer) put(at []string, code, text string) {
	p := apierr.Problem{Path: Pointer(at...), Code: code, Message: text}
	if !e.seen[p] && len(e.problems) <= maxProblems {
		e.seen[p] = true
		e.problems = append(e.problems, p)
	}
}

func (e *explainer) explain(v *jsonschema.ValidationError) {
	at := v.InstanceLocation
	switch k := v.ErrorKind.(type) {
	case *kind.OneOf:
		e.alternatives(v)
		return
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			e.put(append(slices.Clone(at), name), "unknown_field", "There is no such field.")
		}
		return
	case *kind.FalseSchema: // unevaluatedProperties of a step
		e.foreign(at)
		return
	case *kind.Required:
		for _, name := range k.Missing {
			e.put(append(slices.Clone(at), name), "required", "The field is required.")
		}
		return
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			e.put(append(slices.Clone(at), name), "required", "The field is required where "+k.Prop+" is given.")
		}
		return
	case *kind.Not:
		e.put(at, "exclusive", "These fields exclude each other: give one of the ways, not both.")
		return
	case *kind.Pattern:
		e.put(at, "format", patternText(at, k.Want))
		return
	case *kind.Type, *kind.Enum, *kind.Const:
		e.put(at, "type", sentence(v.ErrorKind.LocalizedString(e.printer)))
		return
	}
	if len(v.Causes) == 0 {
		e.put(at, "schema", sentence(v.ErrorKind.LocalizedString(e.printer)))
	}
	for _, cause := range v.Causes {
		e.explain(cause)
	}
}

// alternatives explains a step by the alternative of its own type.
func (e *explainer) alternatives(v *jsonschema.ValidationError) {
	typ, known := e.stepType(v.InstanceLocation)
	at := append(slices.Clone(v.InstanceLocation), "type")
	if !known {
		text := "The type must be one of " + strings.Join(Types(), ", ") + "."
		if typ == "" {
			e.put(at, "required", text)
		} else {
			e.put(at, "type", text)
		}
		return
	}
	for _, cause := range v.Causes {
		if !mentions(cause, Pointer(at...)) {
			e.explain(cause)
		}
	}
}

func mentions(v *jsonschema.ValidationError, at string) bool {
	if Pointer(v.InstanceLocation...) == at {
		return true
	}
	return slices.ContainsFunc(v.Causes, func(c *jsonschema.ValidationError) bool { return mentions(c, at) })
}

// foreign names a field that the step's type does not have. Where a step has
// other faults the validator counts all its fields as foreign; these are let pass.
func (e *explainer) foreign(at []string) {
	if len(at) == 0 {
		return
	}
	typ, known := e.stepType(at[:len(at)-1])
	name := at[len(at)-1]
	if known && !slices.Contains(e.fields[typ], name) {
		e.put(at, "unknown_field", "A step of type "+typ+" has no field "+strconv.Quote(name)+".")
	}
}

func (e *explainer) stepType(at []string) (typ string, known bool) {
	v := e.root
	for _, segment := range at {
		switch x := v.(type) {
		case map[string]any:
			v = x[segment]
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(x) {
				return "", false
			}
			v = x[i]
		default:
			return "", false
		}
	}
	step, _ := v.(map[string]any)
	typ, _ = step["type"].(string)
	_, known = e.fields[typ]
	return typ, known
}

func patternText(at []string, pattern string) string {
	last := ""
	if len(at) > 0 {
		last = at[len(at)-1]
	}
	switch {
	case strings.HasPrefix(pattern, `^\{%`):
		return "An expression is needed here, between {% and %}."
	case last == "connection":
		return "This is not the id of a connection (con_…)."
	case last == "workflow":
		return "This is not the id of a workflow (wfl_…)."
	case last == "id" || last == "as":
		return "A name starts with a letter and has at most 64 letters, digits and underscores."
	}
	return "The value must match " + pattern + "."
}

// sentence makes a validator's words one.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
