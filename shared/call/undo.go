package call

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/table"
)

// TaskUndo is what a step declares of its undo. Parameters and Body are bare
// expressions, for what they read is the answer.
type TaskUndo struct {
	Connection string `json:"connection"`
	Operation  string `json:"operation"`
	SpecHash   string `json:"specHash"`
	Parameters string `json:"parameters,omitempty"` // gives an object
	Body       string `json:"body,omitempty"`
}

// Undo is how a step is undone, as its journal keeps it from the first attempt on.
type Undo struct {
	Connection string `json:"connection"`
	Operation  string `json:"operation"`
	SpecHash   string `json:"specHash"`
	// Until is when the last attempt has certainly come to its end, one way or another.
	Until time.Time `json:"until"`
	// Ready: the step has had its effect, and Parameters and Body are what undoes it.
	Ready      bool                       `json:"ready,omitempty"`
	Parameters map[string]json.RawMessage `json:"parameters,omitempty"`
	Body       json.RawMessage            `json:"body,omitempty"`
	// Fault says why they could not be made.
	Fault string `json:"fault,omitempty"`
}

const (
	// ErrUndoing is the error of a call that comes when its run is being undone: nothing
	// was sent.
	ErrUndoing = "Run.Undoing"
	// maxUndo bounds what a step keeps for its undo, in the journal entry.
	maxUndo = 64 << 10
	// undoSlack is what an attempt takes beyond its time-out at most: to be built, judged
	// and journalled.
	undoSlack = time.Minute
)

// declare notes in the journal that the step can be undone, before it has its effect.
func (r *runner) declare(now time.Time) {
	if u := r.task.Undo; u != nil {
		r.e.Undo = &Undo{Connection: u.Connection, Operation: u.Operation, SpecHash: u.SpecHash, Until: now.Add(r.timeout + undoSlack)}
	}
}

// undo makes what undoes the step from its answer, and its value where it has one.
// The effect is there already: what cannot be made is told when the run is undone.
func (r *runner) undo(ctx context.Context, sc scope, value json.RawMessage) func(*Undo) {
	parameters, body, failure := r.undoing(ctx, sc, value)
	return func(u *Undo) {
		u.Ready, u.Parameters, u.Body = failure == nil, parameters, body
		if failure != nil {
			u.Fault = failure.Cause
		}
	}
}

func (r *runner) undoing(ctx context.Context, sc scope, value json.RawMessage) (parameters map[string]json.RawMessage, body json.RawMessage, failure *Failure) {
	if sc == nil {
		return nil, nil, &Failure{ErrExpression, "The answer cannot be read."}
	}
	if len(value) > 0 {
		own, err := expr.Decode(value)
		if err != nil {
			return nil, nil, &Failure{ErrExpression, "The step's value cannot be read."}
		}
		sc[r.task.Step] = own
	}
	if raw, failure := r.made(ctx, r.task.Undo.Parameters, sc); failure != nil {
		return nil, nil, failure
	} else if raw != nil && json.Unmarshal(raw, &parameters) != nil {
		return nil, nil, &Failure{ErrExpression, "The undo's parameters are no object."}
	}
	if body, failure = r.made(ctx, r.task.Undo.Body, sc); failure != nil {
		return nil, nil, failure
	}
	size := len(body)
	for name, v := range parameters {
		size += len(name) + len(v)
	}
	if size > maxUndo {
		return nil, nil, &Failure{ErrOutputTooLarge, "What undoes the step is larger than 64 KiB."}
	}
	return parameters, body, nil
}

// made evaluates one part of the undo; "" is none.
func (r *runner) made(ctx context.Context, source string, sc scope) (json.RawMessage, *Failure) {
	if source == "" {
		return nil, nil
	}
	quoted, err := json.Marshal(source)
	if err != nil {
		return nil, &Failure{ErrExpression, "The undo is not an expression."}
	}
	return r.s.project.output(ctx, quoted, nil, sc)
}

// runUndo makes the call that undoes the step at task.Undoes. It is a call like any
// other, with a journal, a class and retries of its own.
func (s *Service) runUndo(ctx context.Context, workspace string, task Task) (*Result, error) {
	e, _, err := s.journal.load(ctx, cmp.Or(task.Undoes.Execution, task.Execution), task.Undoes.Path)
	if err != nil {
		return nil, err
	}
	if e == nil || e.Undo == nil || !e.Undo.Ready {
		return nil, &Failure{errTaskFailed, "The journal has nothing that undoes the step " + cutText(task.Undoes.Path, 200) + "."}
	}
	u := e.Undo
	task.Connection, task.Operation, task.SpecHash = u.Connection, u.Operation, u.SpecHash
	task.Parameters, task.Body = u.Parameters, u.Body
	task.Output = json.RawMessage(`"null"`) // nobody reads its answer
	return s.run(ctx, workspace, task)
}

// deleted says when a DELETE has undone a step: also when there is nothing to delete
// any more, as where it is sent again after a crash.
const deleted = "$response.status < 300 or $response.status in [404, 410]"

// undoMark is the item that says that a run is being undone: from then on none of
// its steps that can be undone sends a request.
type undoMark struct {
	Since time.Time `json:"since"`
	// By is the run that undoes it, its own where that is empty, and Prefix what stands
	// there before its steps' paths.
	By     string `json:"by,omitempty"`
	Prefix string `json:"prefix,omitempty"`
}

func undoKey(run string) table.Key { return table.Key{PK: "EXE#" + run, SK: "UNDO"} }

// mark closes a run for calls that would have to be undone, and tells by whom it is
// undone: whoever marked it first.
func (j *journal) mark(ctx context.Context, run string, m undoMark) (undoMark, error) {
	m.Since = j.now().UTC()
	if j.memory != nil {
		return j.memory.mark(run, m), nil
	}
	item, err := table.JSONItem(undoKey(run), m)
	if err != nil {
		return m, err
	}
	if _, err = j.store.Put(ctx, item, table.Absent()); !errors.Is(err, table.ErrCondition) {
		return m, err
	}
	return j.marked(ctx, run)
}

// marked is the mark of a run that is being undone; none is zero.
func (j *journal) marked(ctx context.Context, run string) (undoMark, error) {
	m, _, err := table.GetJSON[undoMark](ctx, j.store, undoKey(run))
	if errors.Is(err, table.ErrNotFound) {
		return undoMark{}, nil
	}
	return m, err
}

// begin writes an entry whose request is about to leave, as save does; one that can
// be undone only while the run is not being undone.
func (j *journal) begin(ctx context.Context, run string, e *entry, version int64) (int64, error) {
	if e.Undo == nil || j.memory != nil { // a rehearsal does one thing at a time
		return j.save(ctx, run, e, version)
	}
	data, err := e.encode()
	if err != nil {
		return 0, err
	}
	err = j.store.Transact(ctx, []table.Op{
		table.Put(table.Item{Key: journalKey(run, e.Path), Data: data}, table.Unchanged(version)),
		table.Check(undoKey(run), table.Absent()),
	})
	if !errors.Is(err, table.ErrCondition) {
		return version + 1, err
	}
	m, err := j.marked(ctx, run)
	switch {
	case err != nil:
		return 0, err
	case m.Since.IsZero():
		return 0, errGone
	}
	return 0, &Failure{ErrUndoing, "The run has failed and is being undone; nothing was sent."}
}
