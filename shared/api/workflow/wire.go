package workflow

import (
	"encoding/json"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/workflow"
)

// ListIn pages workflows.
type ListIn struct {
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
	Status string `query:"status" enum:"DRAFT,ACTIVE,INACTIVE"`
	Owner  string `query:"owner" doc:"me: the caller's own; others: those that others share with them."`
}

// IDIn names one workflow.
type IDIn struct {
	ID string `path:"id"`
}

// CreateBody is a new workflow; name and description default to the definition's.
type CreateBody struct {
	Name        *string          `json:"name,omitempty" jsonschema:"minLength=1,maxLength=200"`
	Description *string          `json:"description,omitempty" jsonschema:"maxLength=4000"`
	Status      *workflow.Status `json:"status,omitempty" jsonschema:"enum=DRAFT,enum=ACTIVE,enum=INACTIVE"`
	Definition  json.RawMessage  `json:"definition" jsonschema:"required"`
	// Access says who may use it besides who makes it. Left out, it is open to everyone,
	// or where it uses a connection that is not, to nobody else.
	Access *access.Setting `json:"access,omitempty"`
}

// UpdateBody changes a workflow: what is left out stays.
type UpdateBody struct {
	Name        *string          `json:"name,omitempty" jsonschema:"minLength=1,maxLength=200"`
	Description *string          `json:"description,omitempty" jsonschema:"maxLength=4000"`
	Status      *workflow.Status `json:"status,omitempty" jsonschema:"enum=DRAFT,enum=ACTIVE,enum=INACTIVE"`
	Definition  json.RawMessage  `json:"definition,omitempty"`
}

// CreateIn is the input of a new workflow.
type CreateIn struct {
	Body CreateBody
}

// UpdateIn changes a workflow.
type UpdateIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    UpdateBody
}

// AccessIn shares a workflow, or hands it on.
type AccessIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    access.Change
}

// DeleteIn removes a workflow.
type DeleteIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match"`
}

// VersionsIn pages the versions; version gives that one alone, with its definition.
type VersionsIn struct {
	ID      string `path:"id"`
	Limit   int    `query:"limit"`
	Cursor  string `query:"cursor"`
	Version int64  `query:"version"`
}

// Version is one immutable version; the definition is there where one was asked for.
type Version struct {
	workflow.VersionInfo
	Definition json.RawMessage `json:"definition,omitempty"`
}

// RollbackIn names the version to go back to.
type RollbackIn struct {
	ID      string `path:"id"`
	IfMatch int64  `header:"If-Match"`
	Body    struct {
		Version int64 `json:"version" jsonschema:"required,minimum=1"`
	}
}
