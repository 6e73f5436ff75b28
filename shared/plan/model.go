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
	Goal    string
	History []Turn
	// Offered are the operations that the draft may use.
	Offered []catalog.Hit
	// Candidate is the plan made without a model; nil where none was found.
	Candidate *draft.Draft
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
	// Raw is the model's answer, for a repair.
	Raw   string
	Usage Usage
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
	Role   string    `json:"role"`
	Text   string    `json:"text"`
	PlanID string    `json:"planId,omitempty"`
	At     time.Time `json:"at"`
}
