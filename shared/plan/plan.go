package plan

import (
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow/undo"
)

// Planners, as the contract names them.
const (
	PlannerOpenAI  = "openai"
	PlannerBuiltin = "builtin"
)

// Request asks for a plan.
type Request struct {
	// Message is the goal in plain words, at most MaxMessage characters. It is given
	// unless Alternative is.
	Message string `json:"message,omitempty"`
	// Alternative takes another reading of an earlier plan's goal, by its id; it is the
	// next plan of that plan's conversation.
	Alternative string `json:"alternative,omitempty"`
	// ConversationID continues a conversation; empty begins one.
	ConversationID string `json:"conversationId,omitempty"`
	// Connections limits what the plan may use; empty means all that are active.
	Connections []string `json:"connections,omitempty"`
}

// Plan is the answer of POST /api/chat.
type Plan struct {
	ConversationID string `json:"conversationId"`
	PlanID         string `json:"planId"`
	// Planner is "openai" or "builtin".
	Planner string `json:"planner"`
	// Message explains the plan in plain words, generated from the plan itself.
	Message  string          `json:"message"`
	Workflow json.RawMessage `json:"workflow"`
	Steps    []Step          `json:"steps"`
	// Confidence is how likely these calls are what is meant, 0–1; see confidence.
	Confidence float64    `json:"confidence"`
	Questions  []Question `json:"questions"`
	// Alternatives are other readings of the goal that are about as likely, at most
	// three, likely ones before.
	Alternatives []Alternative `json:"alternatives"`
	LatencyMs    int64         `json:"latencyMs"`
	// BasedOn is the plan that this one is an edit of, and Changes how it differs.
	BasedOn string         `json:"basedOn,omitempty"`
	Changes []draft.Change `json:"changes,omitempty"`
}

// Step is a step of the plan with what was checked of it. Control steps
// (condition, loop, approval) have neither connection nor operation.
type Step struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Connection string `json:"connection,omitempty"`
	Operation  string `json:"operation,omitempty"`
	Why        string `json:"why"`
	// Risk is read, write or irreversible.
	Risk   string  `json:"risk"`
	Checks []Check `json:"checks"`
	// UndoOffer is the call that would take the step's effect back; see Undoing.
	UndoOffer *undo.Offer `json:"undoOffer,omitempty"`
}

// Check is one thing that was judged: ok, failed, or (nil) unknown.
type Check struct {
	Name   string `json:"name"`
	OK     *bool  `json:"ok"`
	Detail string `json:"detail"`
	// Path is where in the document it lies, where it lies in one place.
	Path string `json:"path,omitempty"`
}

// Question asks for an input that the plan has no value for. Field is the
// property of the run's input.
type Question struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Field string `json:"field"`
}

// record is a stored plan.
type record struct {
	Plan
	Goal string `json:"goal"`
	// SpecHashes are those of the documents it was proved against, by connection.
	SpecHashes map[string]string `json:"specHashes"`
	// Draft is what the workflow was composed of, for a message that edits it.
	Draft json.RawMessage `json:"draft,omitempty"`
	// Readings are what the alternatives are made of, in their order.
	Readings []reading `json:"readings,omitempty"`
	// Taken is the alternative of an earlier plan that it is.
	Taken string `json:"taken,omitempty"`
	// Answer says that it came of an answer to the plan before, or of the choice of an
	// alternative: what was said is no goal.
	Answer    bool      `json:"answer,omitempty"`
	Usage     Usage     `json:"usage,omitzero"`
	CreatedAt time.Time `json:"createdAt"`
}

func unanswered(input json.RawMessage, questions []Question) []Question {
	var given map[string]json.RawMessage
	_ = json.Unmarshal(input, &given) // not an object: nothing is answered, and CheckInput says so
	var open []Question
	for _, q := range questions {
		if v, ok := given[q.Field]; !ok || string(v) == "null" {
			open = append(open, q)
		}
	}
	return open
}
