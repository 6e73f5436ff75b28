package openai

import (
	"strings"
	"unicode"

	"github.com/apiq/apiq/shared/plan"
)

const (
	maxHistory    = 6
	maxCandidates = 3
)

// message is the user message: one JSON value, and nothing in it but data.
func (o *offer) message(req plan.DraftRequest) map[string]any {
	m := map[string]any{"goal": typed(req.Goal), "today": req.Today.Format("2006-01-02"), "operations": o.said}
	var before []string
	for _, t := range req.History {
		if t.Role == "user" { // what the planner answered may quote a document
			before = append(before, typed(t.Text))
		}
	}
	if n := len(before); n > maxHistory {
		before = before[n-maxHistory:]
	}
	if len(before) > 0 {
		m["said_before"] = before
	}
	var candidates []shownPlan
	for _, d := range req.Candidates[:min(len(req.Candidates), maxCandidates)] {
		if d != nil && d != req.Last {
			candidates = append(candidates, o.show(d))
		}
	}
	if len(candidates) > 0 {
		m["candidates"] = candidates
	}
	if req.Last != nil {
		m["last_plan"] = o.show(req.Last)
	}
	if len(req.Problems) > 0 {
		problems := make([]string, 0, len(req.Problems))
		for _, p := range req.Problems[:min(len(req.Problems), maxProblems)] {
			problems = append(problems, tidy(p, 2*maxText)) // it may quote a document
		}
		m["previous"], m["problems"] = req.Previous, problems
	}
	return m
}

// typed is a person's own text without control characters.
func typed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
