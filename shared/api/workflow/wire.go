package workflow

import (
	"encoding/json"
	"time"
)

// ListIn pages workflows.
type ListIn struct {
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
	Status string `query:"status" enum:"DRAFT,ACTIVE,INACTIVE"`
}

// IDIn names one workflow.
type IDIn struct {
	ID string `path:"id"`
}

// PageIn pages what belongs to one workflow.
type PageIn struct {
	ID     string `path:"id"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// CreateBody is a new workflow.
type CreateBody struct {
	Name        string          `json:"name" jsonschema:"required,minLength=1,maxLength=200"`
	Description string          `json:"description,omitempty" jsonschema:"maxLength=2000"`
	Status      string          `json:"status,omitempty" jsonschema:"enum=DRAFT,enum=ACTIVE,enum=INACTIVE"`
	Definition  json.RawMessage `json:"definition" jsonschema:"required"`
}

// CreateIn is the input of a new workflow.
type CreateIn struct {
	Body CreateBody
}

// UpdateIn changes a workflow.
type UpdateIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    CreateBody
}

// RollbackIn names the version to go back to.
type RollbackIn struct {
	ID   string `path:"id"`
	Body struct {
		Version int64 `json:"version" jsonschema:"required,minimum=1"`
	}
}

// ExecuteIn starts a run.
type ExecuteIn struct {
	ID   string `path:"id"`
	Body struct {
		Input   json.RawMessage `json:"input,omitempty"`
		Version int64           `json:"version,omitempty" jsonschema:"minimum=1"`
	}
}

// ExportIn names the format.
type ExportIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"apiq,asl"`
}

// Workflow as clients see it.
type Workflow struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Status      string          `json:"status" jsonschema:"enum=DRAFT,enum=ACTIVE,enum=INACTIVE"`
	Definition  json.RawMessage `json:"definition"`
	// Version is raised by each change; each is kept and can be run again.
	Version   int64     `json:"version"`
	CreatedBy string    `json:"createdBy"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// Summary is a workflow in a list, without its definition.
type Summary struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Status      string    `json:"status" jsonschema:"enum=DRAFT,enum=ACTIVE,enum=INACTIVE"`
	Version     int64     `json:"version"`
	Steps       int       `json:"steps"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Version is one immutable version.
type Version struct {
	Version    int64           `json:"version"`
	Definition json.RawMessage `json:"definition"`
	CreatedBy  string          `json:"createdBy"`
	CreatedAt  time.Time       `json:"createdAt"`
}

// Started names the run.
type Started struct {
	ExecutionID string `json:"executionId"`
}
