package plan

import (
	"context"
	"math"
)

// Usage is what a model's drafting took, refused answers and repairs included.
type Usage struct {
	Model            string `json:"model,omitempty"`
	PromptTokens     int64  `json:"promptTokens,omitempty"`
	CompletionTokens int64  `json:"completionTokens,omitempty"`
	// Calls are the requests to the model's server, answered or not.
	Calls int `json:"calls,omitempty"`
	// Repairs are how many answers were given back to the model to be mended.
	Repairs int `json:"repairs,omitempty"`
	// CostUSD is what the tokens cost by the configured prices; absent without them.
	CostUSD float64 `json:"costUsd,omitempty"`
}

// Tokens bounds what the model takes in a workspace, prompts and answers together.
type Tokens interface {
	// Hold sets tokens aside for one question, in the workspace of the context;
	// QUOTA_EXCEEDED where there are none. settle is told what the question took, refused
	// answers included.
	Hold(ctx context.Context) (settle func(ctx context.Context, used int64) error, err error)
}

// Price is a model's, in US dollars for a million tokens; the zero Price is none.
type Price struct{ Input, Output float64 }

// nano is the smallest part of a dollar that is kept.
const nano = 1e9

// Of is what the tokens of a use cost. A server that bills cached input for less
// costs at most this.
func (p Price) Of(u Usage) float64 {
	return math.Round((p.Input*float64(u.PromptTokens)+p.Output*float64(u.CompletionTokens))/1e6*nano) / nano
}

// Add adds what another drafting took.
func (u *Usage) Add(v Usage) {
	if v.Model != "" {
		u.Model = v.Model
	}
	u.PromptTokens += v.PromptTokens
	u.CompletionTokens += v.CompletionTokens
	u.Calls += v.Calls
	u.Repairs += v.Repairs
	u.CostUSD = math.Round((u.CostUSD+v.CostUSD)*nano) / nano
}
