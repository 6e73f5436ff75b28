package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/apiq/apiq/shared/apierr"
)

// bodyType checks bodies against the JSON Schema of their Go type: the same
// schema that the OpenAPI document shows.
type bodyType struct {
	schema   *validate.Schema
	optional bool // no field is required: an empty body is {}
}

func newBodyType(t reflect.Type) *bodyType {
	doc := reflector().ReflectFromType(t)
	raw, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("web: schema of %s: %v", t, err))
	}
	parsed, err := validate.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		panic(fmt.Sprintf("web: schema of %s: %v", t, err))
	}
	c := validate.NewCompiler()
	if err := c.AddResource("mem:///body.json", parsed); err != nil {
		panic(fmt.Sprintf("web: schema of %s: %v", t, err))
	}
	c.AssertFormat()
	schema, err := c.Compile("mem:///body.json")
	if err != nil {
		panic(fmt.Sprintf("web: schema of %s: %v", t, err))
	}
	required := schema.Required
	if schema.Ref != nil {
		required = schema.Ref.Required
	}
	return &bodyType{schema: schema, optional: len(required) == 0}
}

// decode checks raw and reads it into dst.
func (b *bodyType) decode(raw []byte, dst any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		if !b.optional {
			return apierr.New(apierr.ValidationFailed, "A JSON body is needed.").
				With(apierr.Problem{Path: "", Code: "required", Message: "A JSON body is needed."})
		}
		raw = []byte("{}")
	}
	// Unknown and duplicate names first: the schema check would see neither the
	// second of two nor the reason of a name in the wrong case.
	strictErr := decodeStrict(raw, dst)
	if e := strictProblem(strictErr); e != "" && e != "type" {
		return strictErr
	}
	instance, err := validate.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return decodeStrict(raw, dst)
	}
	if err := b.schema.Validate(instance); err != nil {
		return schemaError(err)
	}
	return strictErr
}

func strictProblem(err error) string {
	if err == nil {
		return ""
	}
	return apierr.From(err).Problems[0].Code
}

// schemaError turns a validation error into problems, one for each leaf.
func schemaError(err error) error {
	ve, ok := err.(*validate.ValidationError)
	if !ok {
		return apierr.Wrap(apierr.ValidationFailed, "The body is not valid.", err)
	}
	var problems []apierr.Problem
	collect(ve, message.NewPrinter(language.English), &problems)
	detail := "The body is not valid."
	if len(problems) > 0 {
		detail = strings.TrimSpace(problems[0].Path + ": " + problems[0].Message)
	}
	return apierr.New(apierr.ValidationFailed, detail).With(problems...)
}

const maxProblems = 50

func collect(e *validate.ValidationError, printer *message.Printer, into *[]apierr.Problem) {
	if len(*into) >= maxProblems {
		return
	}
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			collect(cause, printer, into)
		}
		return
	}
	path := pointer(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			*into = append(*into, apierr.Problem{Path: path + pointer([]string{name}), Code: "required", Message: "This field is needed."})
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			*into = append(*into, apierr.Problem{Path: path + pointer([]string{name}), Code: "unknown_field", Message: "There is no such field."})
		}
	default:
		word := "invalid"
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			word = path[len(path)-1]
		}
		*into = append(*into, apierr.Problem{Path: path, Code: word, Message: e.ErrorKind.LocalizedString(printer)})
	}
}

func pointer(segments []string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
	}
	return b.String()
}

// reflector makes JSON Schemas of Go types, as this project tags them: required
// by `jsonschema:"required"`, never by the absence of omitempty.
func reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous:                  true,
		AllowAdditionalProperties:  false,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapType,
		Namer:                      typeName,
	}
}
