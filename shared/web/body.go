package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"
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

// newBodyType compiles a body's schema when the first body comes: a function that
// serves one route starts without the schemas of all the others of its area.
func newBodyType(t reflect.Type) func() *bodyType {
	return sync.OnceValue(func() *bodyType { return compileBodyType(t) })
}

func compileBodyType(t reflect.Type) *bodyType {
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
			return invalid([]apierr.Problem{{Path: "", Code: "required", Message: "A JSON body is needed."}})
		}
		raw = []byte("{}")
	}
	instance, problems, err := readTree(raw, reflect.TypeOf(dst))
	if err != nil {
		return err
	}
	if err := b.schema.Validate(instance); err != nil {
		var ve *validate.ValidationError
		if !errors.As(err, &ve) {
			return apierr.Wrap(apierr.ValidationFailed, "The body is not valid.", err)
		}
		collect(ve, message.NewPrinter(language.English), &problems)
	}
	if len(problems) > 0 {
		return invalid(problems)
	}
	return readInto(raw, dst)
}

// readInto is left with what a schema cannot say: an integer's size, a type's own
// reading.
func readInto(raw []byte, dst any) error {
	err := jsonv2.Unmarshal(raw, dst, jsonv2.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	p := apierr.Problem{Code: "type", Message: "The value here does not fit."}
	var semantic *jsonv2.SemanticError
	if errors.As(err, &semantic) {
		p.Path = clip(string(semantic.JSONPointer))
	}
	return invalid([]apierr.Problem{p})
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
	path := clip(pointer(e.InstanceLocation))
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			*into = append(*into, apierr.Problem{Path: clip(path + pointer([]string{name})), Code: "required", Message: "This field is needed."})
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties[:min(len(k.Properties), maxProblems)] {
			*into = append(*into, apierr.Problem{Path: clip(path + pointer([]string{name})), Code: "unknown_field", Message: "There is no such field."})
		}
	default:
		word := "invalid"
		if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
			word = path[len(path)-1]
		}
		*into = append(*into, apierr.Problem{Path: path, Code: word, Message: tell(e.ErrorKind, printer)})
	}
}

// tell says what is wrong without quoting the value: it may be a secret, or long.
func tell(k validate.ErrorKind, printer *message.Printer) string {
	switch k := k.(type) {
	case *kind.Format:
		return "Must be a valid " + k.Want + "."
	case *kind.Pattern:
		return "Must match " + k.Want + "."
	}
	return clip(k.LocalizedString(printer))
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
