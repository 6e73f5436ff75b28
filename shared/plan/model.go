package plan

import (
	"context"
	"time"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// Model drafts with a language model. It holds no conversation of its own, is
// told nothing secret and no response data, and must use only the operations
// offered. It honours ctx. Its errors are *ModelError.
type Model interface {
	Draft(ctx context.Context, req DraftRequest) (DraftResult, error)
}

// DraftRequest is what a model is told.
type DraftRequest struct {
	// Goal is what is to be planned; with Last, the message that goes on from it.
	Goal string
	// History is the conversation so far, without answers to questions.
	History []Turn
	// Offered are the operations that the draft may use.
	Offered []catalog.Hit
	// Candidates are plans made without a model, best first; none where none was found.
	Candidates []*draft.Draft
	// Last is the conversation's last plan, which the goal may ask to edit; nil in a
	// new conversation. It must not be changed: an edited draft is a new one.
	Last *draft.Draft
	// Previous is the answer to be repaired and Problems what is wrong with it; both
	// empty in the first round.
	Previous string
	Problems []string
	// Today is the date that relative dates count from.
	Today time.Time
}

// DraftResult is a draft whose every operation is one of those offered.
type DraftResult struct {
	Draft *draft.Draft
	// Edits, where there are some, say that Draft is the last plan with these edits
	// and no other difference: the Service compares the two and refuses what no edit
	// names. Without edits Draft is a new plan.
	Edits []Edit
	// Raw is the model's answer, for a repair.
	Raw   string
	Usage Usage
}

// Edit names one change of the last plan.
type Edit struct {
	// Kind is draft.Added, Removed, Moved, Argument, Repeat or Condition.
	Kind string
	Step string
	// Argument is the Key of the draft.Arg that Kind Argument changes.
	Argument string
	// Words are those of the message that ask for it, as they stand there.
	Words string
}

// ModelError says why there is no draft.
type ModelError struct {
	// Reason is a sentence for a person, without a secret.
	Reason string
	// Problems, where set, may be repaired in another round; Raw is what they are in.
	Problems []string
	Raw      string
	// Impossible: the model judged that the offered operations cannot do it.
	Impossible bool
	Usage      Usage
	Cause      error
}

// Error is for logs.
func (e *ModelError) Error() string {
	if e.Cause != nil {
		return "plan: model: " + e.Reason + ": " + e.Cause.Error()
	}
	return "plan: model: " + e.Reason
}

// Unwrap returns the cause.
func (e *ModelError) Unwrap() error { return e.Cause }

// Turn is one message of a conversation.
type Turn struct {
	// Role is "user" or "assistant".
	Role   string `json:"role"`
	Text   string `json:"text"`
	PlanID string `json:"planId,omitempty"`
	// Answer marks what answered a plan's question, or took an alternative: it may be
	// anything, a password too, and is no goal.
	Answer bool      `json:"answer,omitempty"`
	At     time.Time `json:"at"`
}
