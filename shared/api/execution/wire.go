package execution

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/execution"
)

// ListIn filters runs.
type ListIn struct {
	WorkflowID string `query:"workflowId"`
	Status     string `query:"status" enum:"PENDING,RUNNING,WAITING,COMPLETED,FAILED,CANCELLED"`
	Limit      int    `query:"limit"`
	Cursor     string `query:"cursor"`
}

// IDIn names one run.
type IDIn struct {
	ID string `path:"id"`
}

// EventsIn asks for what happened since.
type EventsIn struct {
	ID    string `path:"id"`
	After int64  `query:"after" doc:"The cursor: next of the answer before, 0 at first."`
	Wait  int    `query:"wait" doc:"Seconds to wait for something new; the server caps it."`
	Limit int    `query:"limit"`
}

// Events is a stretch of a run's log.
type Events struct {
	Items        []execution.Event `json:"items"`
	Next         int64             `json:"next"`
	Done         bool              `json:"done"`
	RetryAfterMS int64             `json:"retryAfterMs"`
}

// RetryAllIn names the runs that are to be retried.
type RetryAllIn struct {
	Body execution.Which
}

// File is a run as one file, with the document that it ran, unless that was removed.
type File struct {
	execution.File
	Workflow *Document `json:"workflow"`
}

// Document is a workflow's, as it was at the run's version.
type Document struct {
	ID         string          `json:"id"`
	Version    int64           `json:"version"`
	Definition json.RawMessage `json:"definition"`
}

// ResolveIn decides an approval or an unknown outcome.
type ResolveIn struct {
	ID     string `path:"id"`
	StepID string `path:"stepId" doc:"The step's id, or inside a loop its path, URL-encoded."`
	Body   struct {
		Decision string          `json:"decision" jsonschema:"required,enum=approve,enum=reject,enum=retry,enum=done,enum=fail"`
		Output   json.RawMessage `json:"output,omitempty"`
		Comment  string          `json:"comment,omitempty" jsonschema:"maxLength=2000"`
	}
}

// InboxIn asks for what waits for the caller.
type InboxIn struct {
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}
