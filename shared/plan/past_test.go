package plan_test

import (
	"testing"
	"time"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan"
)

// TestPast: old plans go, and conversations that nobody has gone on with.
func TestPast(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, connect(t, "library.yaml"))
	old := h.mustDraft(t, "List the books of crime genre")
	silent := h.mustDraft(t, "List the books")
	*h.clock = h.clock.Add(10 * 24 * time.Hour)
	again, err := h.Draft(h.ctx, plan.Request{Message: "List the books", ConversationID: old.ConversationID})
	if err != nil {
		t.Fatal(err)
	}
	past := plan.NewPast(h.store)
	for _, want := range []int{3, 0} { // two plans and the silent conversation, then nothing
		if n, err := past.Expire(h.ctx, h.clock.Add(-5*24*time.Hour)); err != nil || n != want {
			t.Fatalf("removed %d, want %d (%v)", n, want, err)
		}
	}
	for _, gone := range []string{old.PlanID, silent.PlanID} {
		if _, err := h.Get(h.ctx, gone); code(err) != apierr.NotFound {
			t.Errorf("%s: %v", gone, err)
		}
	}
	if _, err := h.Get(h.ctx, again.PlanID); err != nil {
		t.Error(err)
	}
	if _, err := h.Draft(h.ctx, plan.Request{Message: "List the books", ConversationID: silent.ConversationID}); code(err) != apierr.NotFound {
		t.Errorf("the silent conversation: %v", err)
	}
	if _, err := h.Draft(h.ctx, plan.Request{Message: "List the books", ConversationID: again.ConversationID}); err != nil {
		t.Errorf("the conversation that went on: %v", err)
	}
}
