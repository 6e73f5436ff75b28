package arazzo

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/workflow"
)

// ExportOptions of an export.
type ExportOptions struct {
	// Version is the workflow's, which becomes the description's. Defaults to 1.
	Version int64
}

// The description as it is written.
type (
	outDescription struct {
		Arazzo    string        `json:"arazzo"`
		Info      outInfo       `json:"info"`
		Sources   []outSource   `json:"sourceDescriptions"`
		Workflows []outWorkflow `json:"workflows"`
	}
	outInfo struct {
		Title   string `json:"title"`
		Version string `json:"version"`
	}
	outSource struct {
		Name string `json:"name"`
		URL  string `json:"url"`
		Type string `json:"type"`
	}
	outWorkflow struct {
		WorkflowID  string            `json:"workflowId"`
		Summary     string            `json:"summary"`
		Description string            `json:"description,omitempty"`
		Inputs      json.RawMessage   `json:"inputs,omitempty"`
		Steps       []outStep         `json:"steps"`
		Outputs     map[string]string `json:"outputs,omitzero"`
	}
	outStep struct {
		StepID          string            `json:"stepId"`
		Description     string            `json:"description,omitempty"`
		OperationID     string            `json:"operationId,omitempty"`
		OperationPath   string            `json:"operationPath,omitempty"`
		Parameters      []outParameter    `json:"parameters,omitempty"`
		RequestBody     *outBody          `json:"requestBody,omitempty"`
		Timeout         int               `json:"timeout,omitempty"`
		SuccessCriteria []outCriterion    `json:"successCriteria,omitempty"`
		OnFailure       []outAction       `json:"onFailure,omitempty"`
		Outputs         map[string]string `json:"outputs,omitzero"`
		Mark            string            `json:"x-apiq-output,omitempty"`
	}
	outParameter struct {
		Name  string          `json:"name"`
		In    string          `json:"in"`
		Value json.RawMessage `json:"value"`
	}
	outBody struct {
		ContentType string          `json:"contentType,omitempty"`
		Payload     json.RawMessage `json:"payload"`
	}
	outCriterion struct {
		Condition string `json:"condition"`
	}
	outAction struct {
		Name       string         `json:"name"`
		Type       string         `json:"type"`
		StepID     string         `json:"stepId,omitempty"`
		RetryAfter int            `json:"retryAfter,omitempty"`
		RetryLimit *int           `json:"retryLimit,omitempty"`
		Criteria   []outCriterion `json:"criteria,omitempty"`
	}
)

// exporter writes one document.
type exporter struct {
	ctx      context.Context
	apis     APIs
	doc      *workflow.Document
	problems []apierr.Problem
	out      outDescription
	sources  map[string]source  // by connection; one without a document could not be read
	steps    map[string]binding // what those so far give, by id
}

// fields are what a description can say of a document and of its steps. Whatever
// else is set is refused, so that nothing is lost unseen.
var (
	documentFields = []string{"apiq", "name", "description", "input", "steps", "output"}
	callFields     = []string{"id", "type", "name", "connection", "operation", "parameters", "body", "headers", "output", "success", "timeoutSeconds", "retry", "onError"}
)

// Export writes a document as a description. The error is WORKFLOW_INVALID with
// each thing that Arazzo cannot say, at its place in the document.
func Export(ctx context.Context, doc *workflow.Document, apis APIs, o *ExportOptions) (json.RawMessage, error) {
	version := int64(1)
	if o != nil && o.Version > 0 {
		version = o.Version
	}
	e := &exporter{ctx: ctx, apis: apis, doc: doc, sources: map[string]source{}, steps: map[string]binding{}}
	e.out = outDescription{Arazzo: "1.0.1", Info: outInfo{Title: doc.Name, Version: strconv.FormatInt(version, 10)}}
	e.only("", doc, documentFields, "Arazzo knows no such thing.")
	for i := range doc.Steps {
		e.connect("/steps/"+strconv.Itoa(i), &doc.Steps[i])
	}
	wf := outWorkflow{WorkflowID: slug(doc.Name), Summary: doc.Name, Description: doc.Description, Inputs: e.input(), Steps: []outStep{}}
	if wf.WorkflowID == "" {
		wf.WorkflowID = "workflow"
	}
	for i := range doc.Steps {
		wf.Steps = append(wf.Steps, e.step(i))
	}
	if len(doc.Output) > 0 {
		wf.Outputs = e.outputs("/output", doc.Output, false)
	}
	if len(e.problems) > 0 {
		return nil, apierr.New(apierr.WorkflowInvalid, "The workflow cannot be written as Arazzo.").With(e.problems...)
	}
	e.out.Workflows = []outWorkflow{wf}
	return encode(e.out), nil
}

func (e *exporter) refuse(at, code, text string, args ...any) {
	e.problems = put(e.problems, at, code, text, args)
}

// only refuses the fields of a thing that are not among those.
func (e *exporter) only(at string, v any, fields []string, why string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(encode(v), &members); err != nil {
		e.refuse(at, "unsupported", "This cannot be written.")
		return
	}
	for _, name := range sorted(members) {
		if !slices.Contains(fields, name) {
			e.refuse(at+workflow.Pointer(name), "unsupported", "%s cannot be written: %s", name, why)
		}
	}
}

// connect names the API of a step as a source.
func (e *exporter) connect(at string, s *workflow.Step) {
	if _, done := e.sources[s.Connection]; done || s.Type != workflow.TypeAPICall {
		return
	}
	c, doc, err := e.apis.Document(e.ctx, s.Connection)
	if err != nil {
		e.refuse(at+"/connection", "connection", "The connection cannot be read: %s", apierr.From(err).Detail)
		e.sources[s.Connection] = source{}
		return
	}
	base := slug(c.Name)
	if base == "" {
		base = "api"
	}
	out := outSource{Name: base, URL: c.SpecURL, Type: "openapi"}
	for i := 2; slices.ContainsFunc(e.out.Sources, func(o outSource) bool { return o.Name == out.Name }); i++ {
		out.Name = base + "-" + strconv.Itoa(i)
	}
	if out.URL == "" { // it was uploaded: its name tells which it is
		out.URL = "./" + out.Name + ".openapi.json"
	}
	e.sources[s.Connection] = source{name: out.Name, doc: doc}
	e.out.Sources = append(e.out.Sources, out)
}

var hasReference = regexp.MustCompile(`"\$(ref|dynamicRef)"`)

// input is the input's schema. One that refers to itself gets an $id, so that its
// references stay its own.
func (e *exporter) input() json.RawMessage {
	var schema map[string]json.RawMessage
	if !hasReference.Match(e.doc.Input) || json.Unmarshal(e.doc.Input, &schema) != nil || schema["$id"] != nil {
		return e.doc.Input
	}
	schema["$id"] = encode(ownResource)
	return encode(schema)
}
