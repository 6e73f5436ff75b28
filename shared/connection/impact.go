package connection

import (
	"context"
	"encoding/json"

	"github.com/apiq/apiq/shared/spec"
)

// Impact tells what a changed document does to the active workflows that call the
// connection.
type Impact interface {
	// Broken names the workflows with steps that were sound against the old document
	// and are not against the new one. c is the connection as it will be.
	Broken(ctx context.Context, c Connection, old, now *spec.Document) ([]BrokenWorkflow, error)
}

// BrokenWorkflow is an active workflow that a changed document breaks.
type BrokenWorkflow struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Version is the version that was checked and that Patch fits: what If-Match takes.
	Version int64        `json:"version"`
	Steps   []BrokenStep `json:"steps"`
	// Patch is a JSON Patch (RFC 6902) of the definition, where what mends it is
	// certain. It is a proposal: nobody applies it but a person, by changing the workflow.
	Patch []PatchOp `json:"patch,omitempty"`
	// Why says in words what Patch does.
	Why []string `json:"why,omitempty"`
	// Mended: with Patch the workflow is as sound as it was.
	Mended bool `json:"mended"`
	// Open: every member sees it.
	Open bool `json:"-"`
}

// BrokenStep is one fault of a step, as the checker of workflows finds it.
type BrokenStep struct {
	Step      string `json:"step"` // "" for the output of the whole
	Operation string `json:"operation,omitempty"`
	// Field is the place in the step, "body.customer.name"; Path is it as a JSON
	// Pointer into the definition.
	Field   string `json:"field,omitempty"`
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// PatchOp is one operation of a JSON Patch (RFC 6902).
type PatchOp struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	From  string          `json:"from,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}
