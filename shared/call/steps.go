package call

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/effect"
)

// Step is a step's journal as the run's view shows it; the attempt made last
// stands for the step.
type Step struct {
	ID        string    `json:"id"`
	Path      string    `json:"path"`
	Status    Status    `json:"status"`
	Attempt   int       `json:"attempt"`
	StartedAt time.Time `json:"startedAt"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
	Request   *Message  `json:"request,omitempty"`
	Response  *Message  `json:"response,omitempty"`
	Error     *Failure  `json:"error,omitempty"`
	// Connection, Operation and Class tell what was called.
	Connection string       `json:"connection"`
	Operation  string       `json:"operation"`
	Class      effect.Class `json:"class"`
	// Effect is what its requests did, all told.
	Effect     Effect      `json:"effect,omitempty"`
	Resolution *Resolution `json:"resolution,omitempty"`
	// Value is a succeeded step's, unless it is large.
	Value json.RawMessage `json:"value,omitempty"`
	// Attempts are the last twelve, in order.
	Attempts []Attempt `json:"attempts"`
}

// Attempts lists the steps of an execution that have called an API, by path.
func (l *Ledger) Attempts(ctx context.Context, execution string) ([]Step, error) {
	entries, err := l.journal.all(ctx, execution)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, len(entries))
	for i, e := range entries {
		steps[i] = e.step()
	}
	return steps, nil
}

func (e *entry) step() Step {
	s := Step{ID: e.Step, Path: e.Path, Status: e.Status, Attempt: e.Attempts, StartedAt: e.StartedAt, EndedAt: e.EndedAt,
		Error: e.Error, Connection: e.Connection, Operation: e.Operation, Class: e.Class, Effect: e.did(),
		Resolution: e.Resolution, Attempts: e.Log, Value: e.Value}
	if a := e.last(); a != nil {
		s.Request, s.Response = a.Request, a.Response
	}
	return s
}

// Body is the whole masked body of a message; false where only its beginning was kept.
func (l *Ledger) Body(ctx context.Context, m *Message) ([]byte, bool, error) {
	if m.Cut && m.Blob == "" {
		return nil, false, nil
	}
	if m.Blob != "" {
		data, err := l.journal.blobs.ReadAll(ctx, m.Blob, maxBodyBlob)
		return data, err == nil, err
	}
	var text string
	if json.Unmarshal(m.Body, &text) != nil {
		return m.Body, true, nil // an object, an array, or none
	}
	if m.Base64 {
		data, err := base64.StdEncoding.DecodeString(text)
		return data, err == nil, err
	}
	return []byte(text), true, nil
}

// maxBodyBlob bounds what is read back of a body: twice what is read of an answer, for
// masking may lengthen it.
const maxBodyBlob = 20 << 20
