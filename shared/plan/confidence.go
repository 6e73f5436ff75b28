package plan

import (
	"math"

	"github.com/apiq/apiq/shared/plan/draft"
)

// Parts of the confidence. They are rough until calibrated on the planning
// benchmark; what matters is that each is evidence and none is a model's opinion.
const (
	evidenceFloor   = 0.45 // a step that passed its checks, whatever its words
	evidenceMatch   = 0.35 // how well the operation's words fit the clause
	evidenceMargin  = 0.20 // how far the next best operation lies behind
	fullMatch       = 0.8
	fullMargin      = 0.2
	perQuestion     = 0.93 // for each input that the goal did not give
	perApproval     = 0.85 // for each condition that no answer tells
	worstUnknown    = 0.7  // if every check were unknown
	leastConfidence = 0.02
	mostConfidence  = 0.98
)

// confidence is how likely the built-in planner's model holds the plan's calls to be
// what is meant. Of a plan that it was not asked about it is
//
//	geometric mean over calls of (0.45 + 0.35·match + 0.20·margin)
//	· coverage of the goal's clauses
//	· (1 − 0.3·unknown checks / all checks)
//	· 0.93^questions · 0.85^conditions that a person must judge
//
// match and margin are the retrieval's, scaled so that 0.8 and 0.2 count as
// full. A failed check never comes here: such a plan is not shown.
func confidence(d *draft.Draft, steps []Step, questions int) float64 {
	if d.Likely > 0 {
		return rounded(d.Likely)
	}
	logs, calls, approvals := 0.0, 0, 0
	for _, s := range d.Steps {
		if s.Approval != "" {
			approvals++
			continue
		}
		calls++
		logs += math.Log(evidenceFloor + evidenceMatch*min(1, s.Match/fullMatch) + evidenceMargin*min(1, s.Margin/fullMargin))
	}
	if calls == 0 {
		return leastConfidence
	}
	unknown, all := 0, 0
	for _, s := range steps {
		for _, c := range s.Checks {
			all++
			if c.OK == nil {
				unknown++
			}
		}
	}
	c := math.Exp(logs/float64(calls)) * d.Coverage
	if all > 0 {
		c *= 1 - (1-worstUnknown)*float64(unknown)/float64(all)
	}
	c *= math.Pow(perQuestion, float64(questions)) * math.Pow(perApproval, float64(approvals))
	return rounded(c)
}

// rounded is a likelihood as it is told: in hundredths, never sure.
func rounded(likely float64) float64 {
	return math.Round(100*min(mostConfidence, max(leastConfidence, likely))) / 100
}
