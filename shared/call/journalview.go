package call

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
)

// Ledger is the journal of calls for those who make none: it tells what was sent
// and takes down what people found out.
type Ledger struct{ journal *journal }

// NewLedger opens the journal that Services of the same stores keep.
func NewLedger(store *table.Store, blobs *blob.Store) *Ledger {
	return &Ledger{journal: &journal{store: store, blobs: blobs, now: time.Now}}
}

// JournalView shows the journal of calls to the execution domain.
type JournalView struct{ Ledger *Ledger }

var _ execution.Journal = JournalView{}

// Calls tells of the steps of a run, by path.
func (j JournalView) Calls(ctx context.Context, run string) (map[string]execution.Calls, error) {
	steps, err := j.Ledger.Attempts(ctx, run)
	if err != nil {
		return nil, err
	}
	out, now := make(map[string]execution.Calls, len(steps)), j.Ledger.journal.now()
	for _, st := range steps {
		c := execution.Calls{Succeeded: st.Status == StatusSucceeded, Value: st.Value}
		if st.Class != effect.Safe {
			c.Effect = execution.Effect(st.Effect)
		}
		for _, a := range st.Attempts {
			view, err := a.view(now)
			if err != nil {
				return nil, err
			}
			c.Attempts = append(c.Attempts, view)
		}
		out[st.Path] = c
	}
	return out, nil
}

// Resolve settles an attempt whose outcome is unknown.
func (j JournalView) Resolve(ctx context.Context, run, path, decision string, value json.RawMessage) error {
	return j.Ledger.ResolveUnknown(ctx, run, path, decision, value)
}

// lost is when an attempt without an end has none: no request takes longer, and its
// end is written soon after.
const lost = longest + time.Minute

func (a Attempt) view(now time.Time) (execution.Attempt, error) {
	v := execution.Attempt{Number: a.N, StartedAt: a.StartedAt, EndedAt: a.EndedAt, Status: "succeeded", Reconcile: a.Reconcile}
	switch {
	// Not by the effect: a repeatable step that failed halfway has simply failed.
	case a.Interrupted, a.Error != nil && a.Error.Name == ErrOutcomeUnknown, a.EndedAt.IsZero() && now.Sub(a.StartedAt) > lost:
		v.Status = "unknown"
	case a.Error != nil:
		v.Status = "failed"
	case a.EndedAt.IsZero():
		v.Status = "started"
	}
	if a.Error != nil {
		v.Error = &execution.Failure{Name: a.Error.Name, Cause: a.Error.Cause}
	}
	var err error
	if a.Request != nil {
		if v.Request, err = marshal(a.Request); err != nil {
			return v, err
		}
	}
	if a.Response != nil {
		v.Response, err = marshal(a.Response)
	}
	return v, err
}
