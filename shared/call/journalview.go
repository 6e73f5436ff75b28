package call

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/blob"
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
type JournalView struct{ Calls *Ledger }

var _ execution.Journal = JournalView{}

// Attempts lists the attempts of a run's steps, by path.
func (j JournalView) Attempts(ctx context.Context, run string) (map[string][]execution.Attempt, error) {
	steps, err := j.Calls.Attempts(ctx, run)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]execution.Attempt, len(steps))
	for _, st := range steps {
		for _, a := range st.Attempts {
			view, err := a.view()
			if err != nil {
				return nil, err
			}
			out[st.Path] = append(out[st.Path], view)
		}
	}
	return out, nil
}

// Resolve settles an attempt whose outcome is unknown.
func (j JournalView) Resolve(ctx context.Context, run, path, decision string, value json.RawMessage) error {
	return j.Calls.ResolveUnknown(ctx, run, path, decision, value)
}

func (a Attempt) view() (execution.Attempt, error) {
	v := execution.Attempt{Number: a.N, StartedAt: a.StartedAt, EndedAt: a.EndedAt, Status: "succeeded"}
	switch {
	// Not by the effect: a repeatable step that failed halfway has simply failed.
	case a.Interrupted, a.Error != nil && a.Error.Name == ErrOutcomeUnknown:
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
