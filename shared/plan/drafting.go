package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

const (
	offered    = 24 // operations retrieved for a model
	offeredTop = 40 // with those that yield what the first ones need
	maxRepairs = 2
)

// draftModel asks the model, and gives it at most two chances to repair what the
// checks found. Its errors are *ModelError unless ctx ended.
func (s *Service) draftModel(ctx context.Context, goal string, conv conversation, set *catalog.Set, candidate *draft.Draft, p *prover) (made, error) {
	hits := offer(s.builtin.Retrieve(goal, set, offered), candidate)
	if len(hits) == 0 {
		return made{}, &ModelError{Impossible: true, Reason: "no connected operation speaks of it."}
	}
	req := DraftRequest{Goal: goal, History: conv.Turns, Offered: hits, Candidate: candidate, Today: s.now()}
	var usage Usage
	var last *ModelError
	limited, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	for range 1 + maxRepairs {
		res, err := s.model.Draft(limited, req)
		if ctx.Err() != nil {
			return made{}, ctx.Err()
		}
		if err != nil {
			var failed *ModelError
			if !errors.As(err, &failed) {
				failed = &ModelError{Reason: "The model planner failed.", Cause: err}
			}
			usage.add(failed.Usage)
			failed.Usage = usage
			if len(failed.Problems) == 0 || failed.Impossible {
				return made{}, failed
			}
			last = failed
			req.Previous, req.Problems = failed.Raw, failed.Problems
			continue
		}
		usage.add(res.Usage)
		evidence(res.Draft, hits)
		pr, problems, err := p.prove(ctx, res.Draft)
		if err != nil {
			return made{}, err
		}
		if len(problems) == 0 {
			return made{draft: res.Draft, proof: pr, planner: PlannerOpenAI, usage: usage}, nil
		}
		last = &ModelError{Reason: "The model's plan did not pass its checks after two repairs.", Usage: usage}
		req.Previous, req.Problems = res.Raw, texts(problems)
	}
	last.Usage = usage
	if len(last.Problems) > 0 {
		last.Reason = "The model's answer was not usable after two repairs: " + clip(last.Reason, 200)
	}
	return made{}, last
}

func (u *Usage) add(v Usage) {
	if v.Model != "" {
		u.Model = v.Model
	}
	u.PromptTokens += v.PromptTokens
	u.CompletionTokens += v.CompletionTokens
	u.Calls += v.Calls
}

// offer adds to the retrieved operations those of the candidate plan and those
// that yield what a retrieved one's path needs.
func offer(hits []catalog.Hit, candidate *draft.Draft) []catalog.Hit {
	type key struct {
		connection string
		op         *catalog.Op
	}
	seen := map[key]bool{}
	var out []catalog.Hit
	add := func(h catalog.Hit) {
		k := key{h.Entry.Connection, h.Op}
		if !seen[k] && len(out) < offeredTop {
			seen[k] = true
			out = append(out, h)
		}
	}
	if candidate != nil {
		for _, st := range candidate.Steps {
			if st.Op != nil {
				add(catalog.Hit{Entry: st.Entry, Op: st.Op, Lexical: st.Match})
			}
		}
	}
	for _, h := range hits {
		add(h)
	}
	for _, h := range hits {
		for _, f := range h.Op.Required() {
			if f.In != "path" {
				continue
			}
			for i, p := range h.Entry.Producers(f, h.Op.Names(f)) {
				if i == 2 {
					break
				}
				add(catalog.Hit{Entry: h.Entry, Op: p.Op, Lexical: h.Lexical / 2})
			}
		}
	}
	return out
}

// evidence gives a model's steps what retrieval says of them.
func evidence(d *draft.Draft, hits []catalog.Hit) {
	d.Coverage = 1
	for _, st := range d.Steps {
		for i, h := range hits {
			if st.Op != h.Op {
				continue
			}
			st.Match = min(1, h.Lexical)
			if i+1 < len(hits) && h.Lexical > 0 {
				st.Margin = max(0, (h.Lexical-hits[i+1].Lexical)/h.Lexical)
			}
			break
		}
	}
}

func texts(problems []problem) []string {
	out := make([]string, 0, len(problems))
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s: %s", p.path, p.detail))
	}
	return out
}
