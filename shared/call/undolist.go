package call

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/workflow/asl"
)

// ListUndo asks which steps are to be undone, after a cursor: "" begins.
type ListUndo struct {
	After string `json:"after,omitempty"`
}

// ToUndo is the answer: the steps, the one that ended last first, and the cursor to
// ask with next, "" where that is all.
type ToUndo struct {
	Steps []StepToUndo `json:"steps"`
	Next  string       `json:"next"`
}

// StepToUndo is one step that is to be undone.
type StepToUndo struct {
	// Path is where it lies in the run that undoes it: "sub/charge" in a run that its
	// step sub has started. Of is where its journal is.
	Path       string `json:"path"`
	Step       string `json:"step"`
	Of         Place  `json:"of"`
	Connection string `json:"connection"`
	Operation  string `json:"operation"`
}

const (
	// maxListed and maxListedBytes bound one answer, which becomes a state's output.
	maxListed      = 500
	maxListedBytes = 128 << 10
)

// listUndo closes the run for further effects and tells what is there to undo. While
// a call is under way that may be, it fails with asl.ErrorUndoBusy.
func (s *Service) listUndo(ctx context.Context, run string, in ListUndo) (*Result, error) {
	l := &undoList{s: s, run: run, after: in.After, undone: map[string]bool{}}
	if err := l.gather(ctx, run, "", 0); err != nil {
		return nil, err
	}
	l.ready = slices.DeleteFunc(l.ready, func(r readyStep) bool { return l.undone[r.Path+asl.UndoSuffix] })
	slices.SortFunc(l.ready, func(a, b readyStep) int { return cmp.Compare(b.cursor, a.cursor) })
	out, size := ToUndo{Steps: []StepToUndo{}}, 0
	for i, r := range l.ready {
		size += len(r.Path) + len(r.Step) + len(r.Of.Path) + len(r.Connection) + len(r.Operation) + 160
		if i > 0 && (i == maxListed || size > maxListedBytes) {
			out.Next = l.ready[i-1].cursor
			break
		}
		out.Steps = append(out.Steps, r.StepToUndo)
	}
	value, err := json.Marshal(out)
	return &Result{Value: value}, err
}

// undoList gathers what is to be undone.
type undoList struct {
	s      *Service
	run    string
	after  string
	undone map[string]bool
	ready  []readyStep
}

type readyStep struct {
	StepToUndo
	cursor string
}

// maxNested is how deep runs start each other.
const maxNested = 10

// gather adds the steps of a run, and of those that its steps have started. What has
// undone itself when it failed is left as it is.
func (l *undoList) gather(ctx context.Context, run, prefix string, depth int) error {
	m := undoMark{}
	if run != l.run {
		m.By, m.Prefix = l.run, prefix
	}
	m, err := l.s.journal.mark(ctx, run, m)
	if err != nil || run != l.run && m.By != l.run {
		return err
	}
	entries, err := l.s.journal.all(ctx, run)
	if err != nil {
		return err
	}
	now := l.s.opts.Now()
	for _, e := range entries {
		if run == l.run { // the undos of all of them are its calls
			l.undone[e.Path] = e.Status == StatusSucceeded
		}
		cursor := undoCursor(e.EndedAt, prefix+e.Path)
		switch {
		case e.Undo == nil:
		case e.Status == StatusSending && now.Before(e.Undo.Until):
			return &Failure{asl.ErrorUndoBusy, "The step " + cutText(prefix+e.Path, 200) + " is still being done."}
		case e.Undo.Ready && (l.after == "" || cursor < l.after):
			of := Place{Path: e.Path}
			if run != l.run {
				of.Execution = run
			}
			l.ready = append(l.ready, readyStep{StepToUndo{Path: prefix + e.Path, Step: e.Step, Of: of, Connection: e.Undo.Connection, Operation: e.Undo.Operation}, cursor})
		}
	}
	nested, err := l.s.opts.Nested(ctx, run)
	if err != nil || depth == maxNested {
		return err
	}
	for path, runs := range nested {
		for _, child := range runs {
			if err := l.gather(ctx, child, prefix+path+"/", depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// undoCursor orders steps by their end.
func undoCursor(ended time.Time, path string) string {
	return ended.UTC().Format("2006-01-02T15:04:05.000000000") + " " + path
}

// Undo tells what became of a run's own steps that can be undone; nil where the run
// has not begun to be.
func (j JournalView) Undo(ctx context.Context, run string) (*execution.Undo, error) {
	m, err := j.Ledger.journal.marked(ctx, run)
	if err != nil || m.Since.IsZero() {
		return nil, err
	}
	entries, err := j.Ledger.journal.all(ctx, run)
	if err != nil {
		return nil, err
	}
	undos := entries
	if m.By != "" {
		if undos, err = j.Ledger.journal.all(ctx, m.By); err != nil {
			return nil, err
		}
	}
	at := make(map[string]*entry, len(undos))
	for i := range undos {
		at[undos[i].Path] = &undos[i]
	}
	out := &execution.Undo{Since: m.Since, By: m.By, Steps: []execution.UndoStep{}}
	for _, e := range entries {
		if e.Undo == nil {
			continue
		}
		if status, reason := e.undone(at[m.Prefix+e.Path+asl.UndoSuffix]); status != "" {
			out.Steps = append(out.Steps, execution.UndoStep{Path: e.Path, Status: status, Reason: reason, EndedAt: e.EndedAt})
		}
	}
	return out, nil
}

// undone is what became of a step's effect, by being the entry of its undo; "" where
// it had none.
func (e *entry) undone(by *entry) (status execution.UndoStatus, reason string) {
	switch {
	case by == nil && e.Undo.Ready:
		return execution.UndoPending, ""
	case by != nil:
		switch by.Status {
		case StatusSucceeded:
			return execution.UndoDone, ""
		case StatusUnknown:
			return execution.UndoUnknown, by.Error.Cause
		case StatusFailed:
			return execution.UndoFailed, by.Error.Name + ": " + by.Error.Cause
		case StatusSending:
		}
		return execution.UndoPending, ""
	case e.Undo.Fault != "":
		return execution.UndoSkipped, "What undoes it could not be made from its answer: " + e.Undo.Fault
	case e.Status == StatusSucceeded:
		return execution.UndoSkipped, "That it is done was found out without its answer, which would say how it is undone."
	case e.Status == StatusFailed && e.did() == EffectNone:
		return "", ""
	}
	return execution.UndoSkipped, "Whether it had its effect is not known, so that it was not undone. Look at the attempt."
}

// all reads the entries of a run.
func (j *journal) all(ctx context.Context, run string) ([]entry, error) {
	if j.memory != nil {
		return j.memory.all(run), nil
	}
	var out []entry
	for item, err := range j.store.All(ctx, table.Query{PK: "EXE#" + run, Prefix: "CALL#"}) {
		if err != nil {
			return nil, fmt.Errorf("call: list journal: %w", err)
		}
		var e entry
		if err := item.Decode(&e); err != nil {
			return nil, fmt.Errorf("call: list journal: %w", err)
		}
		out = append(out, e)
	}
	return out, nil
}

// mark and all are a rehearsal's.
func (m *memory) mark(run string, mark undoMark) undoMark {
	m.mu.Lock()
	defer m.mu.Unlock()
	if had, ok := m.undoing[run]; ok {
		return had
	}
	m.undoing[run] = mark
	return mark
}

func (m *memory) all(run string) []entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []entry
	for key, r := range m.entries {
		if key == memoryKey(run, r.entry.Path) {
			out = append(out, r.entry.copied())
		}
	}
	return out
}
