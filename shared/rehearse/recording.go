package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/secret"
)

// Runs are the runs whose calls were recorded.
type Runs interface {
	Get(ctx context.Context, id string) (execution.Detail, error)
}

// Ledger is the journal of their calls; *call.Ledger is one.
type Ledger interface {
	Attempts(ctx context.Context, run string) ([]call.Step, error)
	Body(ctx context.Context, m *call.Message) ([]byte, bool, error)
}

// recording is what a run, and those that its steps started, got for answers.
type recording struct {
	ledger Ledger
	first  string
	runs   map[string]*recorded // by id
}

// recorded is one run of them.
type recorded struct {
	run   execution.Detail
	steps map[string]execution.Step // by path, as are the others
	calls map[string]call.Step
	// answers say who answered a step's last request.
	answers map[string]string
}

// Who answers a request.
const (
	byRecord = "recorded" // the step's own request of then
	byMatch  = "matched"  // another step's, which was the same
	byTwin   = "twin"     // the API's document: nothing was recorded
)

// record reads a run and the runs of its steps, as deep as they are rehearsed.
func record(ctx context.Context, runs Runs, ledger Ledger, id string) (*recording, error) {
	r := &recording{ledger: ledger, first: id, runs: map[string]*recorded{}}
	return r, r.read(ctx, runs, id, 0)
}

func (r *recording) read(ctx context.Context, runs Runs, id string, depth int) error {
	run, err := runs.Get(ctx, id)
	if err != nil {
		return err
	}
	one := &recorded{run: run, steps: map[string]execution.Step{}, calls: map[string]call.Step{}, answers: map[string]string{}}
	r.runs[id] = one
	made, err := r.ledger.Attempts(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range made {
		one.calls[c.Path] = c
	}
	for _, st := range run.Steps {
		one.steps[st.Path] = st
		if st.ExecutionID == "" || depth == maxDepth || len(r.runs) > maxScripts {
			continue
		}
		if err := r.read(ctx, runs, st.ExecutionID, depth+1); err != nil && apierr.CodeOf(err) != apierr.NotFound {
			return err
		}
	}
	return nil
}

// of is a run that is recorded, nil for any other; in a rehearsal there is none.
func (r *recording) of(run string) *recorded {
	if r == nil {
		return nil
	}
	return r.runs[run]
}

// decided is what a person decided of an approval then.
func (r *recording) decided(run, path string) (json.RawMessage, *asl.Failure) {
	one := r.of(run)
	if one == nil {
		return nil, nil
	}
	st := one.steps[path]
	if f := st.Error; f != nil && st.EndedAt.After(st.StartedAt) && f.Name == "Approval.Rejected" {
		return nil, &asl.Failure{Error: f.Name, Cause: f.Cause}
	}
	return st.Output, nil
}

// resolved is what a person said then of a request whose outcome is not known.
func (r *recording) resolved(run, path string) (json.RawMessage, *asl.Failure) {
	one := r.of(run)
	if one == nil {
		return nil, nil
	}
	c := one.calls[path]
	switch {
	case c.Resolution == nil:
		return nil, nil
	case c.Resolution.Decision == call.DecisionDone:
		return encoded(map[string]any{"decision": call.DecisionDone, "output": c.Value}), nil
	}
	return nil, &asl.Failure{Error: call.ErrOutcomeUnknown, Cause: "a person decided that the request counts as failed"}
}

// child names the run that a step of a run started; "" where none is recorded.
func (r *recording) child(run, path string) string {
	one := r.of(run)
	if one == nil {
		return ""
	}
	id := one.steps[path].ExecutionID
	if _, ok := r.runs[id]; !ok {
		return ""
	}
	return id
}

// errRecorded: the recorded request had no answer either.
var errRecorded = errors.New("rehearse: no answer was recorded")

// answer is what a request got then: the step's own, where it made the same call, or
// else that of any step which made the very same request. false: nothing is recorded.
func (r *recording) answer(req *http.Request, a asking, made call.Step) (*http.Response, bool, error) {
	one := r.of(a.task.Execution)
	if one == nil {
		return nil, false, nil
	}
	now := lastOf(made)
	then, ok := one.calls[a.task.Path]
	who := byRecord
	if !ok || then.Connection != made.Connection || then.Operation != made.Operation {
		if then, ok = one.same(made, now); !ok {
			return nil, false, nil
		}
		who = byMatch
	}
	attempt := attemptAt(then, now.Page)
	switch {
	case attempt == nil:
		return nil, false, nil
	case attempt.Response == nil:
		one.answers[a.task.Path] = who
		if attempt.Effect != call.EffectNone {
			arrive(req.Context())
		}
		if attempt.Error != nil && attempt.Error.Name == call.ErrHTTPTimeout {
			return nil, true, context.DeadlineExceeded
		}
		return nil, true, errRecorded
	}
	body, whole, err := r.ledger.Body(req.Context(), attempt.Response)
	if err != nil || !whole {
		return nil, false, err
	}
	one.answers[a.task.Path] = who
	arrive(req.Context())
	header := http.Header{}
	for name, value := range attempt.Response.Headers {
		header.Set(name, value)
	}
	for _, about := range []string{"Content-Encoding", "Content-Length", "Transfer-Encoding"} { // the body as it came
		header.Del(about)
	}
	return answer(req, attempt.Response.Status, header, body), true, nil
}

// same finds a recorded call of an operation with a request that was the same.
func (one *recorded) same(made call.Step, now *call.Attempt) (call.Step, bool) {
	for _, st := range one.run.Steps { // in their order
		c, ok := one.calls[st.Path]
		if !ok || c.Connection != made.Connection || c.Operation != made.Operation {
			continue
		}
		if then := attemptAt(c, now.Page); then != nil && len(changed(then.Request, now.Request)) == 0 {
			return c, true
		}
	}
	return call.Step{}, false
}

func lastOf(s call.Step) *call.Attempt {
	if len(s.Attempts) == 0 {
		return &call.Attempt{}
	}
	return &s.Attempts[len(s.Attempts)-1]
}

// attemptAt is the attempt that settled a call, or a page of it. One page alone is the
// same as a call without pages.
func attemptAt(s call.Step, page int) *call.Attempt {
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if max(s.Attempts[i].Page, 1) == max(page, 1) {
			return &s.Attempts[i]
		}
	}
	return nil
}

// changed are the differences between two requests. What carries a credential is masked
// in both.
func changed(was, is *call.Message) []Difference {
	if was == nil || is == nil {
		return nil
	}
	var d differ
	d.texts("/method", was.Method, is.Method)
	d.texts("/url", was.URL, is.URL)
	for name := range was.Headers {
		d.texts("/headers/"+name, was.Headers[name], is.Headers[name])
	}
	for name := range is.Headers {
		if _, ok := was.Headers[name]; !ok {
			d.texts("/headers/"+name, "", is.Headers[name])
		}
	}
	d.values("/body", was.Body, is.Body)
	if len(d.found) == 0 && was.Bytes != is.Bytes {
		d.texts("/body", "", "(it differs after what is kept of it)")
	}
	return d.sorted()
}

// masked are the places of a recorded answer whose values are not known any more.
func masked(m *call.Message) []string {
	var out []string
	if m != nil && strings.Contains(string(m.Body), secret.Redacted) {
		walkText(m.Body, "/body", func(at, text string) {
			if strings.Contains(text, secret.Redacted) && len(out) < maxListed {
				out = append(out, at)
			}
		})
	}
	return out
}
