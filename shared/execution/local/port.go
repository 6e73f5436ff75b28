package local

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/expr"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

func keyOf(ctx context.Context, name string) (runKey, error) {
	workspace, err := tenant.From(ctx)
	return runKey{workspace, name}, err
}

// Start implements execution.Engine. A name taken by another definition or input
// is apierr.Conflict; a definition that cannot run is apierr.WorkflowInvalid.
func (e *Engine) Start(ctx context.Context, in execution.StartInput) error {
	key, err := keyOf(ctx, in.Name)
	if err != nil {
		return err
	}
	if in.Name == "" || len(in.Name) > 80 {
		return apierr.New(apierr.ValidationFailed, "A run's name has 1 to 80 characters.")
	}
	if len(in.Input) > asl.MaxPayload {
		return apierr.New(apierr.PayloadTooLarge, "A run's input is at most 256 KiB.")
	}
	if _, err := expr.Decode(in.Input); err != nil {
		return apierr.Wrap(apierr.ValidationFailed, "A run's input is a JSON value.", err)
	}
	hash, m, err := e.putMachine(ctx, in.Definition)
	if err != nil {
		return invalid(err)
	}
	l := e.hold(key)
	defer e.drop(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	h := head{Definition: hash, Input: hashOf(in.Input)}
	if l.run != nil {
		return e.startedBefore(ctx, in.Name, h)
	}
	if err := e.begin(ctx, l, m, h, in.Input); err != nil {
		l.run = nil
		return err
	}
	e.submit(key)
	return nil
}

// begin writes a run's first entries, unless they are there.
func (e *Engine) begin(ctx context.Context, l *live, m *asl.Machine, h head, input json.RawMessage) error {
	l.run, l.seq, l.open = e.newRun(m, l.key.name), 0, openRecord{}
	run := l.run
	if err := run.Start(input, e.opts.Now()); err != nil {
		return err
	}
	entries := run.Take()
	ops, seq, err := e.batchOps(l, entries)
	if err != nil {
		return err
	}
	h.become(run)
	headOp, err := h.op(l.key.name, table.Absent())
	if err != nil {
		return err
	}
	open := openRecord{Workspace: l.key.workspace, Name: l.key.name}
	openOp, err := open.op()
	if err != nil {
		return err
	}
	err = e.store.Transact(ctx, append([]table.Op{headOp, openOp}, ops...))
	if errors.Is(err, table.ErrCondition) {
		l.run = nil // another's
		return e.startedBefore(ctx, l.key.name, h)
	}
	if err != nil {
		return fmt.Errorf("local: start of %s: %w", l.key.name, err)
	}
	h.version = 1
	l.head, l.open, l.seq = h, open, seq
	e.tails.add(l.key, entries)
	if e.opts.Observer != nil {
		e.opts.Observer(ctx, l.key.name)
	}
	return nil
}

func (e *Engine) startedBefore(ctx context.Context, name string, h head) error {
	before, err := e.readHead(ctx, name)
	if err != nil {
		return err
	}
	if before.Definition != h.Definition || before.Input != h.Input {
		return apierr.New(apierr.Conflict, "A run of this name was started with another definition or input.")
	}
	return nil
}

// invalid words a definition that cannot run for whoever wrote it.
func invalid(err error) error {
	var d *asl.DefinitionError
	var u *asl.UnsupportedError
	switch {
	case errors.As(err, &d):
		return problems(apierr.Wrap(apierr.WorkflowInvalid, "The state machine is not valid.", err), "invalid", d.Problems)
	case errors.As(err, &u):
		return problems(apierr.Wrap(apierr.WorkflowInvalid, "The state machine needs what this engine does not have.", err), "not_supported", u.Problems)
	}
	return err
}

func problems(out *apierr.Error, code string, list []asl.Problem) error {
	for _, p := range list {
		out = out.With(apierr.Problem{Path: p.Path, Code: code, Message: p.Message})
	}
	return out
}

// Describe implements execution.Engine.
func (e *Engine) Describe(ctx context.Context, name string) (execution.Run, error) {
	h, err := e.readHead(ctx, name)
	if err != nil {
		return execution.Run{}, err
	}
	run := execution.Run{
		Name: name, Status: execution.RunStatus(h.Status), Output: h.Output,
		StartedAt: h.StartedAt, EndedAt: h.EndedAt, LastEventID: h.LastEvent,
	}
	if h.Failure != nil {
		run.Error, run.Cause = h.Failure.Error, h.Failure.Cause
	}
	if h.Status != asl.Running {
		return run, nil
	}
	e.folding.RLock()
	defer e.folding.RUnlock()
	page, err := e.store.Query(ctx, table.Query{PK: runPK(name), From: batchSK, To: batchSK + "~", Limit: 1, Reverse: true})
	if err != nil || len(page.Items) == 0 {
		return run, err
	}
	_, err = e.batches(ctx, name, batchOf(page.Items[0].SK), func(entries []asl.Entry) (bool, error) {
		for i := range entries {
			run.LastEventID = max(run.LastEventID, entries[i].ID)
		}
		return true, nil
	})
	return run, err
}

// batchOf is where the batch begins that a part belongs to.
func batchOf(sk string) string { return sk[:strings.LastIndexByte(sk, '#')] }

// History implements execution.Engine.
func (e *Engine) History(ctx context.Context, name string, after int64, limit int) ([]execution.HistoryEvent, error) {
	if limit <= 0 {
		return nil, nil
	}
	key, err := keyOf(ctx, name)
	if err != nil {
		return nil, err
	}
	after = max(after, 0)
	if out, ok := e.tails.after(key, after, limit); ok {
		return out, nil
	}
	e.folding.RLock()
	defer e.folding.RUnlock()
	// Who follows a run asks for what its last batch holds, or for what is not there yet.
	last, err := e.lastBatch(ctx, name, batchSK+"~")
	if err != nil {
		return nil, err
	}
	to := fmt.Sprintf("%s%08d#~", batchSK, after+1)
	if last.SK <= to {
		entries, ok, err := inOnePart(last)
		if ok || err != nil {
			return eventsAfter(nil, entries, after, limit), err
		}
	} else if last, err = e.lastBatch(ctx, name, to); err != nil {
		return nil, err
	}
	var out []execution.HistoryEvent
	_, err = e.batches(ctx, name, batchOf(last.SK), func(entries []asl.Entry) (bool, error) {
		out = eventsAfter(out, entries, after, limit)
		return len(out) < limit, nil
	})
	return out, err
}

// lastBatch is the last part of the last batch up to a sort key, or execution.ErrNoRun.
// Of batches that begin with the same event, all but the last hold notes only.
func (e *Engine) lastBatch(ctx context.Context, name, to string) (table.Item, error) {
	page, err := e.store.Query(ctx, table.Query{PK: runPK(name), From: batchSK, To: to, Limit: 1, Reverse: true})
	if errors.Is(err, table.ErrInvalid) || err == nil && len(page.Items) == 0 {
		return table.Item{}, execution.ErrNoRun
	}
	if err != nil {
		return table.Item{}, err
	}
	return page.Items[0], nil
}

// eventsAfter appends to out, up to a limit, the events after one that are among entries.
func eventsAfter(out []execution.HistoryEvent, entries []asl.Entry, after int64, limit int) []execution.HistoryEvent {
	for i := range entries {
		if en := &entries[i]; !en.Hidden() && en.ID > after && len(out) < limit {
			out = append(out, eventOf(en))
		}
	}
	return out
}

// Stop implements execution.Engine.
func (e *Engine) Stop(ctx context.Context, name, errorName, cause string) error {
	key, err := keyOf(ctx, name)
	if err != nil {
		return err
	}
	return e.with(ctx, key, func(l *live) error {
		l.run.Stop(errorName, cause, e.opts.Now())
		return e.drive(ctx, l)
	})
}

// Redrive implements execution.Engine.
func (e *Engine) Redrive(ctx context.Context, name string) error {
	key, err := keyOf(ctx, name)
	if err != nil {
		return err
	}
	return e.with(ctx, key, func(l *live) error {
		if err := l.run.Redrive(e.opts.Now()); err != nil {
			if errors.Is(err, asl.ErrNotEnded) {
				return execution.ErrNotRedrivable
			}
			return err
		}
		return e.drive(ctx, l)
	})
}

// TaskSucceeded implements execution.Engine. Output that is not JSON is
// apierr.ValidationFailed; past 256 KiB it is apierr.PayloadTooLarge. In both
// cases the task still waits.
func (e *Engine) TaskSucceeded(ctx context.Context, token string, output json.RawMessage) error {
	if len(output) > asl.MaxPayload {
		return apierr.New(apierr.PayloadTooLarge, "A task's output is at most 256 KiB.")
	}
	if _, err := expr.Decode(output); err != nil {
		return apierr.Wrap(apierr.ValidationFailed, "A task's output is a JSON value.", err)
	}
	return e.byToken(ctx, token, func(l *live, w asl.Work) error {
		return l.run.TaskSucceeded(w, output, e.opts.Now())
	})
}

// TaskFailed implements execution.Engine.
func (e *Engine) TaskFailed(ctx context.Context, token, errorName, cause string) error {
	f := failureOf(&execution.TaskError{Name: errorName, Cause: cause})
	return e.byToken(ctx, token, func(l *live, w asl.Work) error {
		return l.run.TaskFailed(w, "Failed", f, e.opts.Now())
	})
}

// TaskHeartbeat implements execution.Engine.
func (e *Engine) TaskHeartbeat(ctx context.Context, token string) error {
	return e.byToken(ctx, token, func(l *live, w asl.Work) error { return l.run.Heartbeat(w, e.opts.Now()) })
}

func (e *Engine) byToken(ctx context.Context, token string, fn func(*live, asl.Work) error) error {
	encoded, _, ok := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(raw) == 0 {
		return execution.ErrTokenGone
	}
	key, err := keyOf(ctx, string(raw))
	if err != nil {
		return err
	}
	err = e.with(ctx, key, func(l *live) error {
		w, ok := l.run.TaskByToken(token)
		if !ok {
			return execution.ErrTokenGone
		}
		if err := fn(l, w); err != nil {
			l.run = nil
			return err
		}
		return e.drive(ctx, l)
	})
	if errors.Is(err, execution.ErrNoRun) || errors.Is(err, asl.ErrNotOut) {
		return execution.ErrTokenGone
	}
	return err
}
