package rehearse

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
)

// Comparer plays recorded runs by another version of their workflow, or by the
// documents of its APIs as they are now, with the answers that the runs got.
type Comparer struct {
	*Service
	runs   Runs
	ledger Ledger
}

// NewComparer makes a Comparer of what rehearses.
func NewComparer(s *Service, runs Runs, ledger Ledger) *Comparer { return &Comparer{s, runs, ledger} }

// Comparison says how a run would go now.
type Comparison struct {
	ExecutionID string `json:"executionId"`
	WorkflowID  string `json:"workflowId"`
	// Was is how the run ended, Is how it would.
	Was Ended `json:"was"`
	Is  Ended `json:"is"`
	// Same: the end, the output and each request are what they were.
	Same   bool         `json:"same"`
	Output []Difference `json:"output"`
	// OutputUnknown: the run's was too large to be kept.
	OutputUnknown bool `json:"outputUnknown,omitempty"`
	// Steps are the calls: those of the run in their order, then those that are new.
	Steps []StepComparison `json:"steps"`
	// Assumed are sentences: what the run would wait for, and is taken as done.
	Assumed []string `json:"assumed"`
}

// Ended is the end of a run by one version.
type Ended struct {
	Version int64  `json:"version"`
	Status  string `json:"status"`
	At      string `json:"at,omitempty"`
	Error   string `json:"error,omitempty"`
	Cause   string `json:"cause,omitempty"`
}

// StepComparison is a call, then and now.
type StepComparison struct {
	// Path is the step's; one inside a nested run has the path of the step that started
	// it before it.
	Path string `json:"path"`
	// Request: same, changed, added (now only) or missing (then only).
	Request string `json:"request" jsonschema:"enum=same,enum=changed,enum=added,enum=missing"`
	// Answer is who answers it now: recorded, matched (another step that made the same
	// request then) or twin; "" where it is missing.
	Answer  string       `json:"answer,omitempty" jsonschema:"enum=recorded,enum=matched,enum=twin"`
	Changes []Difference `json:"changes,omitempty"`
	// Masked are the places of the answer that held secrets: what is computed from them
	// is not what it was.
	Masked []string `json:"masked,omitempty"`
}

// Compare plays a run that has ended once more, by a version of its workflow, 0 for the
// newest. Nothing is sent and nothing written but an audit record. Errors: NOT_FOUND;
// CONFLICT where the run has not ended; VALIDATION_FAILED where the version does not take
// the run's input; WORKFLOW_INVALID where it does not fit its APIs.
func (c *Comparer) Compare(ctx context.Context, id string, version int64) (Comparison, error) {
	rec, err := record(ctx, c.runs, c.ledger, id)
	if err != nil {
		return Comparison{}, err
	}
	was := rec.runs[id].run
	if !was.Status.Ended() {
		return Comparison{}, apierr.Newf(apierr.Conflict, "The run is %s: only what has ended is compared.", was.Status)
	}
	cast, problems, err := c.castOf(ctx, was.WorkflowID, version)
	if err != nil {
		return Comparison{}, err
	}
	if cast.input = was.Input; len(cast.input) == 0 {
		cast.input = json.RawMessage("{}")
	}
	if err := cast.first.doc.CheckInput(cast.input); err != nil {
		return Comparison{}, err
	}
	cast.recording = rec
	bounded, cancel := context.WithTimeout(ctx, c.opts.Time)
	defer cancel()
	played, end, _ := cast.perform(bounded, "", "")
	out := Comparison{ExecutionID: id, WorkflowID: was.WorkflowID, Output: []Difference{}, Steps: []StepComparison{},
		Was: Ended{Version: was.Version, Status: string(was.Status)}, Assumed: append([]string{}, played.told...),
		Is: Ended{Version: cast.version, Status: end.Status, At: end.At, Error: end.Error, Cause: end.Cause}}
	for _, p := range problems {
		out.Assumed = append(out.Assumed, p.Step+": "+p.Message)
	}
	if was.Error != nil {
		out.Was.Error, out.Was.Cause = was.Error.Name, cut(was.Error.Cause)
	}
	if out.OutputUnknown = execution.Remarked(was.Output); !out.OutputUnknown {
		var d differ
		d.values("", was.Output, played.whole)
		out.Output = append(out.Output, d.sorted()...)
	}
	out.Steps = append(out.Steps, played.compared(id, "", 0)...)
	out.Same = out.Was.Status == out.Is.Status && out.Was.Error == out.Is.Error && len(out.Output) == 0 && !out.OutputUnknown &&
		!slices.ContainsFunc(out.Steps, func(s StepComparison) bool { return s.Request != same })
	return out, c.trail.Commit(ctx, nil, audit.Entry{Action: "execution.compare", Resource: id, Details: map[string]any{
		"version": out.Is.Version, "same": out.Same, "status": out.Is.Status}})
}

// same is the request of a StepComparison that has not changed.
const same = "same"

// compared are the calls of a run, and of those that its steps started.
func (r *run) compared(id, prefix string, depth int) (all []StepComparison) {
	then, now := r.cast.recording.runs[id], r.calls.Steps(id)
	for _, st := range then.run.Steps {
		c, called := then.calls[st.Path]
		switch made, is := now[st.Path]; {
		case called && is:
			all = append(all, then.compare(prefix, c, made))
		case called:
			all = append(all, StepComparison{Path: prefix + st.Path, Request: "missing"})
		case st.ExecutionID != "" && depth < maxDepth:
			if child := r.cast.recording.child(id, st.Path); child != "" {
				all = append(all, r.compared(child, prefix+st.Path+"/", depth+1)...)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if _, called := then.calls[path]; !called {
			all = append(all, StepComparison{Path: prefix + path, Request: "added", Answer: then.by(path)})
		}
	}
	return all
}

func (one *recorded) by(path string) string {
	if who := one.answers[path]; who != "" {
		return who
	}
	return byTwin
}

func (one *recorded) compare(prefix string, then, now call.Step) StepComparison {
	out := StepComparison{Path: prefix + now.Path, Request: same, Answer: one.by(now.Path)}
	is := lastOf(now)
	was := attemptAt(then, is.Page)
	if was == nil {
		was = lastOf(then)
	}
	var d differ
	d.texts("/connection", then.Connection, now.Connection)
	d.texts("/operation", then.Operation, now.Operation)
	if out.Changes = append(d.found, changed(was.Request, is.Request)...); len(out.Changes) > 0 {
		out.Request = "changed"
	}
	if out.Answer == byRecord {
		out.Masked = masked(was.Response)
	}
	return out
}
