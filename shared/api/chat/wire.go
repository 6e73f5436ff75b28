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

// Plan is a checked draft; nothing has run.
type Plan struct {
	ConversationID string          `json:"conversationId"`
	PlanID         string          `json:"planId"`
	Planner        string          `json:"planner"`
	Message        string          `json:"message"`
	Workflow       json.RawMessage `json:"workflow"`
	Steps          []Step          `json:"steps"`
	Confidence     float64         `json:"confidence"`
	Questions      []Question      `json:"questions"`
	LatencyMS      int64           `json:"latencyMs"`
}

// Step is one step with its proof.
type Step struct {
	ID             string  `json:"id"`
	Type           string  `json:"type"`
	Connection     string  `json:"connection,omitempty"`
	ConnectionName string  `json:"connectionName,omitempty"`
	Operation      string  `json:"operation,omitempty"`
	Method         string  `json:"method,omitempty"`
	Path           string  `json:"path,omitempty"`
	Why            string  `json:"why"`
	Risk           string  `json:"risk" jsonschema:"enum=read,enum=write,enum=irreversible"`
	Checks         []Check `json:"checks"`
}

// Check is one proof: true, false, or null for unknown.
type Check struct {
	Name   string `json:"name"`
	OK     *bool  `json:"ok"`
	Detail string `json:"detail"`
}

// Question asks for what is missing; the answer goes to input.<field>.
type Question struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Field string `json:"field"`
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
