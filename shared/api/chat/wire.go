package chat

import "encoding/json"

// ChatIn is a goal in the person's words, or the choice of another reading of one.
type ChatIn struct {
	Body struct {
		// Message is given unless alternative is.
		Message string `json:"message,omitempty" jsonschema:"maxLength=4000"`
		// Alternative is the id of one of a plan's alternatives: it becomes the next plan
		// of that plan's conversation.
		Alternative    string   `json:"alternative,omitempty" jsonschema:"maxLength=64"`
		ConversationID string   `json:"conversationId,omitempty" jsonschema:"maxLength=64"`
		Connections    []string `json:"connections,omitempty" jsonschema:"maxItems=100"`
	}
}

// ExecuteIn confirms a plan.
type ExecuteIn struct {
	Body struct {
		PlanID              string          `json:"planId" jsonschema:"required,maxLength=64"`
		Input               json.RawMessage `json:"input,omitempty"`
		Confirm             bool            `json:"confirm" jsonschema:"required"`
		ConfirmIrreversible []string        `json:"confirmIrreversible,omitempty" jsonschema:"maxItems=500"`
		// UndoOnFailure: a run that fails undoes what it has done, by the undos that the
		// plan's steps were offered.
		UndoOnFailure bool `json:"undoOnFailure,omitempty"`
	}
}

// Started names what was made.
type Started struct {
	WorkflowID  string `json:"workflowId"`
	ExecutionID string `json:"executionId"`
}
