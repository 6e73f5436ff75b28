package connection

import (
	"context"
	"encoding/json"

	"github.com/apiq/apiq/shared/spec"
)

// Endpoint is one operation in full. Schemas are self-contained JSON Schemas
// (2020-12): nothing outside them needs to be looked up.
type Endpoint struct {
	spec.Summary
	ConnectionID string                         `json:"connectionId"`
	BaseURL      string                         `json:"baseUrl"` // of the connection; empty for who does not see its settings
	Parameters   []spec.Parameter               `json:"parameters"`
	Body         *spec.Body                     `json:"body,omitempty"`
	Responses    []spec.Response                `json:"responses"`
	Security     []spec.Requirement             `json:"security"`
	Schemes      map[string]spec.SecurityScheme `json:"securitySchemes,omitempty"` // those that Security names
	// KeyHeader is the connection's, for idempotency keys; empty where its settings name none.
	KeyHeader string `json:"keyHeader,omitempty"`
	// Sample is what a first try could send.
	Sample Sample `json:"sample"`
}

// Sample is a request made up from the document's examples, defaults and
// schemas, in the form that trying an operation takes.
type Sample struct {
	Parameters map[string]any `json:"parameters"`
	Body       any            `json:"body,omitempty"`
	MediaType  string         `json:"mediaType,omitempty"`
}

// Endpoint returns one operation, named by its id or as "METHOD /path". Errors:
// NOT_FOUND, CONFLICT without a document.
func (s *Service) Endpoint(ctx context.Context, conID, operation string) (Endpoint, error) {
	c, err := s.imported(ctx, conID)
	if err != nil {
		return Endpoint{}, err
	}
	doc, op, err := s.library.Operation(ctx, c.SpecHash, operation)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{Summary: op.Summary, ConnectionID: c.ID, BaseURL: c.told(ctx).BaseURL,
		Parameters: []spec.Parameter{}, Responses: []spec.Response{}, Security: op.Security,
		Schemes: schemesOf(op, doc.Info()), KeyHeader: c.Settings.KeyHeader(), Sample: sampleOf(op, doc)}
	if e.Security == nil {
		e.Security = []spec.Requirement{}
	}
	for _, p := range op.Parameters {
		p.Schema = expandSchema(doc, p.Schema)
		e.Parameters = append(e.Parameters, p)
	}
	if op.Body != nil {
		b := *op.Body
		b.Content = expandContent(doc, b.Content)
		e.Body = &b
	}
	for _, r := range op.Responses {
		r.Content = expandContent(doc, r.Content)
		e.Responses = append(e.Responses, r)
	}
	return e, nil
}

func expandContent(doc *spec.Document, content []spec.MediaType) []spec.MediaType {
	out := make([]spec.MediaType, len(content))
	for i, m := range content {
		m.Schema = expandSchema(doc, m.Schema)
		out[i] = m
	}
	return out
}

// expandSchema gives the self-contained form; where the document's schema cannot
// be expanded, one that allows anything: the operation can still be called.
func expandSchema(doc *spec.Document, raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	full, err := doc.JSONSchema(raw)
	if err != nil {
		return json.RawMessage(`{"$comment":"The document's schema cannot be resolved."}`)
	}
	return full
}

func schemesOf(op *spec.Operation, info spec.Info) map[string]spec.SecurityScheme {
	out := map[string]spec.SecurityScheme{}
	for _, req := range op.Security {
		for name := range req {
			if scheme, ok := info.SecuritySchemes[name]; ok {
				out[name] = scheme
			}
		}
	}
	return out
}

func sampleOf(op *spec.Operation, doc *spec.Document) Sample {
	s := Sample{Parameters: map[string]any{}}
	for _, p := range op.Parameters {
		if !p.Required && p.Example == nil {
			continue
		}
		var v any
		if p.Example == nil || json.Unmarshal(p.Example, &v) != nil {
			v = doc.Sample(p.Schema, 1)
		}
		s.Parameters[p.Name] = v
	}
	if media, schema, ok := op.BodySchema(); ok {
		s.MediaType = media
		for _, m := range op.Body.Content {
			if m.Type == media && m.Example != nil && json.Unmarshal(m.Example, &s.Body) == nil {
				return s
			}
		}
		s.Body, _ = doc.SampleAs(spec.Sent, schema, 1)
	}
	return s
}
