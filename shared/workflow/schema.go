package workflow

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/apiq/apiq/shared/apierr"
)

//go:embed workflow.schema.json
var schemaText []byte

// Schema is the document's JSON Schema (draft 2020-12), as it is published.
func Schema() []byte { return slices.Clone(schemaText) }

// documentSchema is the schema, ready to judge, and what each type of step may hold.
type documentSchema struct {
	compiled *jsonschema.Schema
	fields   map[string][]string
}

// loadSchema compiles the embedded schema; that it compiles is tested.
var loadSchema = sync.OnceValues(func() (*documentSchema, error) {
	compiled, err := compileSchema(schemaText)
	if err != nil {
		return nil, fmt.Errorf("workflow: own schema: %w", err)
	}
	var outline struct {
		Defs map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(schemaText, &outline); err != nil {
		return nil, fmt.Errorf("workflow: own schema: %w", err)
	}
	s := &documentSchema{compiled: compiled, fields: map[string][]string{}}
	for _, t := range Types() {
		for _, def := range []string{"step", t} {
			for name := range outline.Defs[def].Properties {
				s.fields[t] = append(s.fields[t], name)
			}
		}
	}
	return s, nil
})

// Types lists the types of step.
func Types() []string {
	return []string{TypeAPICall, TypeCondition, TypeLoop, TypeParallel, TypeTransform, TypeWait, TypeApproval, TypeWorkflow, TypeFail}
}

// compileSchema compiles a schema that may refer only into itself.
func compileSchema(raw []byte) (s *jsonschema.Schema, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("workflow: schema: %v", r)
		}
	}()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	const url = "urn:apiq:schema"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	if err := c.AddResource(url, doc); err != nil {
		return nil, err
	}
	return c.Compile(url)
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("a schema may refer only into itself")
}

func matchSchema(raw []byte) ([]apierr.Problem, error) {
	schema, err := loadSchema()
	if err != nil {
		return nil, apierr.From(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return []apierr.Problem{{Code: "json", Message: "The text is not well-formed JSON."}}, nil
	}
	var failed *jsonschema.ValidationError
	if !errors.As(schema.compiled.Validate(instance), &failed) {
		return nil, nil
	}
	e := explainer{fields: schema.fields, root: instance, printer: message.NewPrinter(language.English), seen: map[apierr.Problem]bool{}}
	e.explain(failed)
	if len(e.problems) == 0 {
		e.put(nil, "schema", "The document does not match the schema.")
	}
	slices.SortStableFunc(e.problems, func(a, b apierr.Problem) int { return comparePointers(a.Path, b.Path) })
	return e.problems, nil
}

// escape is JSON Pointer's.
var escape = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer writes a JSON Pointer (RFC 6901), as problems name places in a document.
func Pointer(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(escape.Replace(s))
	}
	return b.String()
}
