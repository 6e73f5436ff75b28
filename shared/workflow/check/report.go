package check

import (
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow/undo"
)

// Names of checks, in the order in which a step lists them.
const (
	Connection = "connection" // exists, is active
	Access     = "access"     // may be used by the workflow's owner; told of what is not open to everyone
	Credential = "credential" // holds what the operation's security needs
	Operation  = "operation"  // is in the spec
	Required   = "required"   // parameters and body fields are bound
	Types      = "types"      // values fit the spec's schemas
	Order      = "order"      // reads only what must have run
	Reachable  = "reachable"  // some run gets here
	Risk       = "risk"
	Effect     = "effect"
)

// Check is one judgement: OK is nil where it cannot be known.
type Check struct {
	Name   string `json:"name"`
	OK     *bool  `json:"ok"`
	Detail string `json:"detail"`
}

// Step is what was found about one step.
type Step struct {
	ID string `json:"id"`
	// Path is the step's JSON Pointer in the document.
	Path       string       `json:"path"`
	Type       string       `json:"type"`
	Connection string       `json:"connection,omitempty"`
	Operation  string       `json:"operation,omitempty"`
	Risk       effect.Level `json:"risk"`
	RiskReason string       `json:"riskReason,omitempty"`
	// Effect is the effect class of an api_call.
	Effect effect.Class `json:"effect,omitempty"`
	// Origin is where the step's request goes: scheme://host:port.
	Origin string  `json:"origin,omitempty"`
	Checks []Check `json:"checks"`
	// UndoOffer is a call that would take the effect of an api_call back, which declares
	// none: of Options.OfferUndo, and nil where its API has none that surely does.
	UndoOffer *undo.Offer `json:"undoOffer,omitempty"`
}

// Report is the answer.
type Report struct {
	// Steps come in the order of the document, a step before those inside it.
	Steps []Step `json:"steps"`
	// Problems are what must be mended: each failed check, and what Validate found.
	Problems []apierr.Problem `json:"problems,omitempty"`
	// Egress tells which steps send data to which origin.
	Egress map[string][]string `json:"egress,omitempty"`
	// SpecHashes are the specs that were checked against, by connection.
	SpecHashes map[string]string `json:"specHashes,omitempty"`
}

// OK says that nothing failed; something may still be unknown.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Err is nil or WORKFLOW_INVALID with the problems.
func (r Report) Err() error {
	if r.OK() {
		return nil
	}
	return apierr.New(apierr.WorkflowInvalid, "The workflow does not fit the APIs it uses.").With(r.Problems...)
}

// Irreversible lists the steps that need a confirmation of their own.
func (r Report) Irreversible() []string {
	var ids []string
	for _, s := range r.Steps {
		if s.Risk == effect.Irreversible {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Effects are the effect classes by step, as the compiler takes them.
func (r Report) Effects() map[string]effect.Class {
	classes := map[string]effect.Class{}
	for _, s := range r.Steps {
		if s.Effect != "" {
			classes[s.ID] = s.Effect
		}
	}
	return classes
}

// Step finds a step's findings.
func (r Report) Step(id string) (Step, bool) {
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return r.Steps[i], true
}

// Count tells how many checks are ok, failed and unknown, for a confidence.
func (r Report) Count() (ok, failed, unknown int) {
	for _, s := range r.Steps {
		for _, c := range s.Checks {
			switch {
			case c.OK == nil:
				unknown++
			case *c.OK:
				ok++
			default:
				failed++
			}
		}
	}
	return ok, failed, unknown
}

func yes() *bool { ok := true; return &ok }
func no() *bool  { ok := false; return &ok }
