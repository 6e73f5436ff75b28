package workflow

import (
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/access"
)

// Status is a workflow's state.
type Status string

// The states of docs/api.md. Only an ACTIVE workflow is started by triggers and
// offered as a tool; a person may run any.
const (
	StatusDraft    Status = "DRAFT"
	StatusActive   Status = "ACTIVE"
	StatusInactive Status = "INACTIVE"
)

// Valid says whether s is one of the states.
func (s Status) Valid() bool { return s == StatusDraft || s == StatusActive || s == StatusInactive }

// Workflow is a stored workflow as it is now.
type Workflow struct {
	ID string `json:"id"`
	// Version is raised by each change, and is what If-Match compares. Each number
	// that was once current names a definition for ever: see Service.Version.
	Version     int64  `json:"version"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      Status `json:"status"`
	// Definition is the document; listings leave it out.
	Definition json.RawMessage `json:"definition,omitempty"`
	// LatestVersion is the version that the definition came with: changes of the
	// status alone raise Version but not this.
	LatestVersion int64 `json:"latestVersion"`
	// Hash is "sha256:" and the hex digest of the definition's canonical form.
	Hash      string    `json:"definitionHash"`
	Steps     int       `json:"stepCount"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	CreatedBy string    `json:"createdBy"`
	UpdatedBy string    `json:"updatedBy"`
	access.Sharing
	// May is what its reader may do with it; empty for an auditor who could not use it.
	May access.Level `json:"may,omitempty" jsonschema:"enum=use,enum=edit,enum=manage"`
}

// VersionInfo is one immutable version, without its definition.
type VersionInfo struct {
	Version     int64  `json:"version"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Hash        string `json:"definitionHash"`
	Steps       int    `json:"stepCount"`
	// RolledBackTo is the version whose definition this one took over, 0 for none.
	RolledBackTo int64     `json:"rolledBackTo,omitempty"`
	CreatedAt    time.Time `json:"createdAt"`
	CreatedBy    string    `json:"createdBy"`
}

// Frozen is one version with its document: what a run is compiled from.
type Frozen struct {
	WorkflowID string
	VersionInfo
	// Sharing is the workflow's as it is now.
	Sharing    access.Sharing
	Definition json.RawMessage
	Document   *Document
}

// Input is what a person gives of a workflow. On creation Name and Description
// default to the document's and Status to DRAFT; in a change, what is nil stays.
type Input struct {
	Name        *string         `json:"name,omitempty"`
	Description *string         `json:"description,omitempty"`
	Status      *Status         `json:"status,omitempty"`
	Definition  json.RawMessage `json:"definition,omitempty"`
	// Access says, of a new one, who may use it besides who makes it. Defaults to what its
	// connections are open to: see Prepare.
	Access *access.Setting `json:"access,omitempty"`
}

// storedWorkflow is a Workflow as the table keeps it.
type storedWorkflow struct {
	Name          string    `json:"name"`
	Description   string    `json:"description"`
	Status        Status    `json:"status"`
	LatestVersion int64     `json:"latestVersion"`
	Hash          string    `json:"hash"`
	Steps         int       `json:"steps"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	CreatedBy     string    `json:"createdBy"`
	UpdatedBy     string    `json:"updatedBy"`
	access.Sharing
}

func (s storedWorkflow) public(id string, version int64) Workflow {
	return Workflow{
		ID: id, Version: version, Name: s.Name, Description: s.Description, Status: s.Status,
		LatestVersion: s.LatestVersion, Hash: s.Hash, Steps: s.Steps,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, CreatedBy: s.CreatedBy, UpdatedBy: s.UpdatedBy, Sharing: s.Sharing,
	}
}

// storedVersion is a version as the table keeps it; a large definition lies in
// the blob store, under Blob. Definition is bytes, not JSON, so that it comes back
// as it went in: its hash depends on it.
type storedVersion struct {
	VersionInfo
	Definition []byte `json:"definition,omitempty"`
	Blob       string `json:"blob,omitempty"`
}
