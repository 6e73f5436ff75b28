package asl

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/workflow"
)

// Bounds of a brief run. An express execution ends after five minutes (Step
// Functions quotas); these leave most of that to the peers' answers.
const (
	maxBriefCalls = 10
	// maxBriefTimeout is the longest time-out that a call may ask for, in seconds.
	maxBriefTimeout = 60
	// maxBriefDelay is the longest that the retries of one call may wait together,
	// in seconds.
	maxBriefDelay = 60
)

// Brief says whether a document's runs are short and may be begun anew without
// harm, so that an engine may give up its own bookkeeping for them: Step Functions'
// express executions run at most five minutes, at least once, wait for no token,
// and cannot be redriven, only started over. Where it is not brief, why says which
// step is in the way.
//
// effects are the classes by step id, as in Binding.
func Brief(doc *workflow.Document, effects map[string]effect.Class) (brief bool, why string) {
	calls := 0
	doc.Walk(func(_ string, s *workflow.Step) {
		if s.Type == workflow.TypeAPICall {
			calls++
		}
		if why == "" {
			if reason := lasting(s, effects[s.ID]); reason != "" {
				why = "step " + s.ID + " " + reason
			}
		}
	})
	switch {
	case why != "":
	case doc.OnFailure == workflow.OnFailureUndo:
		why = "what it has done may have to be undone, which may have to ask a person"
	case calls > maxBriefCalls:
		why = fmt.Sprintf("%d calls may take longer than five minutes", calls)
	case variesAnywhere(doc):
		why = "an expression gives another value each time, so that a run begun anew could take another way"
	}
	return why == "", why
}

// lasting says what about a step keeps a run from being brief; "" for nothing.
func lasting(s *workflow.Step, class effect.Class) string {
	switch s.Type {
	case workflow.TypeAPICall:
		return lastingCall(s, class)
	case workflow.TypeCondition, workflow.TypeTransform, workflow.TypeFail:
		return ""
	case workflow.TypeParallel:
		// An execution that AWS runs twice tells two histories under one name. In a
		// single line an event of either means the same; branches may overtake each
		// other, and an event of one would then be taken for another branch's.
		return "has branches, whose order differs where a run is begun anew"
	case workflow.TypeLoop:
		return "repeats its steps as often as the data says"
	case workflow.TypeWait:
		return "waits for a time"
	case workflow.TypeApproval:
		return "waits for a person"
	case workflow.TypeWorkflow:
		return "waits for a run of its own"
	}
	return "is of a type that is not known to be short"
}

func lastingCall(s *workflow.Step, class effect.Class) string {
	switch {
	case class != effect.Safe && class != effect.Idempotent:
		return "must not be sent twice, and may have to ask a person what became of it"
	case s.Paginate != nil:
		return "reads as many pages as there are"
	case s.TimeoutSeconds > maxBriefTimeout:
		return fmt.Sprintf("may take %d seconds", s.TimeoutSeconds)
	}
	for _, r := range retries(s, class)[1:] { // the first is the invocation's own
		if r.waits() > maxBriefDelay {
			return fmt.Sprintf("may wait %.0f seconds before it is tried again", r.waits())
		}
	}
	return ""
}

// waits is how long all of a retrier's delays take at most, in seconds.
func (r retrier) waits() float64 {
	total := 0.0
	for i := range r.MaxAttempts {
		delay := float64(r.IntervalSeconds) * math.Pow(r.BackoffRate, float64(i))
		total += math.Min(delay, float64(r.MaxDelaySeconds))
		if total > maxBriefDelay {
			break
		}
	}
	return total
}

func variesAnywhere(doc *workflow.Document) bool {
	raw, err := json.Marshal(doc)
	return err != nil || varying.Match(raw)
}
