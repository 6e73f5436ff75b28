package chat

import "encoding/json"

// ChatIn is a goal in the person's words.
type ChatIn struct {
	Body struct {
		Message        string   `json:"message" jsonschema:"required,minLength=1,maxLength=4000"`
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
	}
}

// Started names what was made.
type Started struct {
	WorkflowID  string `json:"workflowId"`
	ExecutionID string `json:"executionId"`
}
