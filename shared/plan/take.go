package plan

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
)

// alternativeID names an alternative by the plan that it stands beside and its place.
func alternativeID(planID string, at int) string { return planID + "." + strconv.Itoa(at+1) }

// chosen reads the plan and the alternative that an id names.
func (s *Service) chosen(ctx context.Context, req Request) (record, int, error) {
	planID, place, _ := strings.Cut(req.Alternative, ".")
	n, err := strconv.Atoi(place)
	if err != nil || !id.Is(planID, id.Plan) || req.Alternative != alternativeID(planID, n-1) {
		return record{}, 0, wrongRequest("/alternative", "format", "This is not the id of an alternative. Take it from the alternatives of a plan.")
	}
	rec, err := s.read(ctx, planID)
	if err != nil {
		return record{}, 0, err
	}
	if n < 1 || n > len(rec.Readings) {
		return record{}, 0, wrongRequest("/alternative", "unknown", "The plan has no such alternative. Take the id of one from its alternatives.")
	}
	if req.ConversationID != "" && req.ConversationID != rec.ConversationID {
		return record{}, 0, wrongRequest("/conversationId", "other", "The alternative belongs to another conversation. Leave conversationId out, or give the plan's own.")
	}
	return rec, n - 1, nil
}

// take makes the plan of an alternative, from what was stored of it, through the same
// checks as any other. What was shown before, and the other alternatives, stand beside
// it where they still can be had. Errors: CONFLICT where a document or a connection has
// changed since; PLAN_NOT_POSSIBLE where it no longer passes its checks.
func (s *Service) take(ctx context.Context, from record, at int) (record, error) {
	all := append([]reading{{Draft: from.Draft, SpecHashes: from.SpecHashes}}, from.Readings...)
	at++
	conns, err := s.needed(ctx, all)
	if err != nil {
		return record{}, err
	}
	if err := all[at].fresh(conns); err != nil {
		return record{}, err
	}
	set, err := s.sources.set(ctx, conns)
	if err != nil {
		return record{}, err
	}
	drafts := make([]*draft.Draft, len(all))
	for i, r := range all {
		if r.fresh(conns) != nil {
			continue
		}
		if drafts[i], err = draft.Decode(r.Draft, set); err != nil {
			return record{}, fmt.Errorf("plan: stored alternative: %w", err) // its documents are the same
		}
	}
	if drafts[0] != nil {
		if err := answersInto(drafts[0], from.Workflow); err != nil {
			return record{}, err
		}
	}
	p := newProver(conns, set)
	m := made{draft: drafts[at], planner: PlannerBuiltin}
	keepAnswers(drafts[0], m.draft)
	if m.proof, err = p.settle(ctx, m.draft); err != nil {
		return record{}, err
	}
	for i, d := range drafts {
		if i == at || d == nil {
			continue
		}
		if _, err := p.settle(ctx, d); err == nil {
			m.others = append(m.others, d)
		} else if ctx.Err() != nil {
			return record{}, ctx.Err()
		}
	}
	rec, err := s.record(from.Goal, m, conns)
	rec.Answer, rec.Taken = true, from.Alternatives[at-1].ID
	return rec, err
}

// needed are the active connections that one of the readings calls.
func (s *Service) needed(ctx context.Context, all []reading) ([]connection.Connection, error) {
	conns, err := s.sources.active(ctx, nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(conns, func(c connection.Connection) bool {
		return !slices.ContainsFunc(all, func(r reading) bool { _, calls := r.SpecHashes[c.ID]; return calls })
	}), nil
}

// fresh refuses a reading whose documents are no longer those that it was proved against.
func (r reading) fresh(conns []connection.Connection) error {
	stale := func(message string) error {
		return apierr.New(apierr.Conflict, message+" Send the goal again for a plan of how it is now.").
			With(apierr.Problem{Path: "/alternative", Code: "stale", Message: message})
	}
	found := 0
	for _, c := range conns {
		hash, calls := r.SpecHashes[c.ID]
		if !calls {
			continue
		}
		if found++; hash != c.SpecHash {
			return stale("The document of “" + c.Name + "” has changed since this alternative was made.")
		}
	}
	if found < len(r.SpecHashes) {
		return stale("A connection that this alternative needs is gone or not active.")
	}
	return nil
}

// keepAnswers gives what one plan was answered to another that asks the same for the
// same operation.
func keepAnswers(from, to *draft.Draft) {
	if from == nil {
		return
	}
	type place struct {
		op        *catalog.Op
		key, name string
	}
	given := map[place]*draft.Input{}
	each := func(d *draft.Draft, do func(place, *draft.Input)) {
		for _, st := range d.Steps {
			for _, a := range st.Args {
				if in := a.Value.Input; in != nil {
					do(place{st.Op, a.Key(), in.Name}, in)
				}
			}
		}
	}
	each(from, func(p place, in *draft.Input) {
		if answered(in.Schema) {
			given[p] = in
		}
	})
	each(to, func(p place, in *draft.Input) {
		if old, ok := given[p]; ok {
			in.Schema = old.Schema
		}
	})
}
