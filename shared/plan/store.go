package plan

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/id"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/table"
)

const (
	pkPlan         = "PLN"
	pkConversation = "CNV"
	// maxPlanBytes leaves room below an item's limit (table.MaxItemBytes).
	maxPlanBytes = 300 << 10
	maxTurns     = 40
	maxTurnText  = 2000
)

func planKey(planID string) table.Key        { return table.Key{PK: pkPlan, SK: planID} }
func conversationKey(conID string) table.Key { return table.Key{PK: pkConversation, SK: conID} }

// save stores the plan and its conversation in one transaction with the record
// of the trail.
func (s *Service) save(ctx context.Context, conv conversation, message string, rec record) error {
	expires := s.now().Add(s.keep)
	plan, err := table.JSONItem(planKey(rec.PlanID), rec)
	if err != nil {
		return err
	}
	if len(plan.Data) > maxPlanBytes {
		return apierr.New(apierr.PlanNotPossible, "The plan for this goal is too large to keep. Ask for it in parts.")
	}
	plan.ExpiresAt = expires
	conv.say(Turn{Role: "user", Text: message, At: rec.CreatedAt, Answer: rec.Answer})
	conv.say(Turn{Role: "assistant", Text: rec.Message, PlanID: rec.PlanID, At: rec.CreatedAt})
	talk, err := table.JSONItem(conversationKey(conv.ID), conv)
	if err != nil {
		return err
	}
	talk.ExpiresAt = expires
	err = s.trail.Commit(ctx, []table.Op{table.Put(plan, table.Absent()), table.Put(talk, table.Unchanged(conv.version))}, audit.Entry{
		Action: "plan.draft", Resource: rec.PlanID,
		Message: fmt.Sprintf("Planned %d steps", len(rec.Steps)),
		Details: map[string]any{"planner": rec.Planner, "steps": len(rec.Steps), "confidence": rec.Confidence, "questions": len(rec.Questions), "specHashes": rec.SpecHashes, "usage": rec.Usage,
			"basedOn": rec.BasedOn, "changes": len(rec.Changes), "alternatives": len(rec.Alternatives), "taken": rec.Taken},
	})
	if errors.Is(err, table.ErrCondition) {
		return apierr.New(apierr.Conflict, "Another message of this conversation was answered meanwhile. Send it again.")
	}
	return err
}

// noPlan records what a model took where no plan came of it, and returns why.
func (s *Service) noPlan(ctx context.Context, u Usage, why error) error {
	if u == (Usage{}) {
		return why
	}
	return errors.Join(why, s.trail.Commit(ctx, nil, audit.Entry{Action: "plan.none", Message: "Found no plan", Details: map[string]any{"usage": u}}))
}

// Get returns a stored plan; NOT_FOUND for an unknown or expired one.
func (s *Service) Get(ctx context.Context, planID string) (Plan, error) {
	rec, err := s.read(ctx, planID)
	return rec.Plan, err
}

func (s *Service) read(ctx context.Context, planID string) (record, error) {
	missing := apierr.New(apierr.NotFound, "There is no such plan, or it has expired. Ask for it again.")
	if !id.Is(planID, id.Plan) {
		return record{}, missing
	}
	rec, _, err := table.GetJSON[record](ctx, s.store, planKey(planID))
	if errors.Is(err, table.ErrNotFound) {
		return record{}, missing
	}
	return rec, err
}

// conversation is a stored exchange.
type conversation struct {
	ID    string `json:"id"`
	Turns []Turn `json:"turns"`
	// Last is the plan that a next message may answer questions of.
	Last    string `json:"last,omitempty"`
	version int64
}

func (s *Service) conversation(ctx context.Context, convID string) (conversation, error) {
	if convID == "" {
		return conversation{ID: id.New(id.Conversation)}, nil
	}
	c, version, err := table.GetJSON[conversation](ctx, s.store, conversationKey(convID))
	if errors.Is(err, table.ErrNotFound) {
		return c, apierr.New(apierr.NotFound, "There is no such conversation, or it has expired. Begin a new one.")
	}
	c.version = version
	return c, err
}

func (c *conversation) say(t Turn) {
	t.Text = draft.Clip(t.Text, maxTurnText)
	c.Turns = append(c.Turns[:len(c.Turns):len(c.Turns)], t)
	if n := len(c.Turns); n > maxTurns {
		c.Turns = c.Turns[n-maxTurns:]
	}
	if t.PlanID != "" {
		c.Last = t.PlanID
	}
}
