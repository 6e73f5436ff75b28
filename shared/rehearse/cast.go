package rehearse

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/twin"
	"github.com/apiq/apiq/shared/workflow"
	compile "github.com/apiq/apiq/shared/workflow/asl"
)

// cast is a workflow made ready to be played any number of times.
type cast struct {
	stage    *stage
	name     string
	version  int64
	first    *script
	scripts  map[string]*script // by prefix
	order    []*script
	input    json.RawMessage
	calls    map[string]*callStep
	callIDs  []string // in the document's order
	maxCalls int
	// recording answers before the twins do; nil in a rehearsal.
	recording *recording
}

// callStep is one api_call of one script.
type callStep struct {
	id     string
	script *script
	step   *workflow.Step
	api    *api
	op     *spec.Operation
	class  effect.Class
	change Change
	fields []Field
	// read is script.read of the step, found when it is first asked for.
	read func() []string
}

// assemble finds every call step and what it calls.
func (c *cast) assemble(ctx context.Context) error {
	c.calls = map[string]*callStep{}
	var failed error
	for _, sc := range c.order {
		sc.doc.Walk(func(_ string, s *workflow.Step) {
			if s.Type != workflow.TypeAPICall || failed != nil {
				return
			}
			a, err := c.stage.open(ctx, s.Connection)
			if err != nil {
				failed = err
				return
			}
			op, err := a.doc.Operation(s.Operation)
			if err != nil {
				failed = err
				return
			}
			id := sc.prefix + s.ID
			c.calls[id] = &callStep{id: id, script: sc, step: s, api: a, op: op, class: effect.Of(op, a.conn.Settings.KeyHeader()), change: changeOf(a.doc, op),
				read: sync.OnceValue(func() []string { return sc.read(s) })}
			c.callIDs = append(c.callIDs, id)
			if s.Undo != nil {
				failed = c.undo(ctx, c.calls[id])
			}
		})
	}
	for _, id := range c.callIDs {
		s := c.calls[id]
		s.fields = c.fieldsOf(s)
	}
	return failed
}

// undo finds what a step's undo calls. It is played where a run is undone, and has no
// scenarios of its own.
func (c *cast) undo(ctx context.Context, s *callStep) error {
	a := s.api
	if s.step.Undo.Connection != "" {
		var err error
		if a, err = c.stage.open(ctx, s.step.Undo.Connection); err != nil {
			return err
		}
	}
	op, err := a.doc.Operation(s.step.Undo.Operation)
	id := s.id + compile.UndoSuffix
	c.calls[id] = &callStep{id: id, script: s.script, step: s.step, api: a, op: op, class: effect.Of(op, a.conn.Settings.KeyHeader())}
	return err
}

// host is where a call step's requests go; "" for what is no call step.
func (c *cast) host(step string) string {
	if s, ok := c.calls[step]; ok {
		return s.api.base(s.op).Host
	}
	return ""
}

// Latencies that durations are computed with.
const (
	quick = 100 * time.Millisecond
	slow  = 2 * time.Second
)

// executionName names rehearsed runs; their idempotency keys are made of it.
const executionName = "rehearsal"

// perform plays the workflow once. It returns what was noted, and how it ended.
func (c *cast) perform(ctx context.Context, f Fault, step string) (*run, Outcome, time.Duration) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := &run{cast: c, clock: &clock{at: epoch}, stop: stop, notes: map[string]*notes{}, acted: []string{}}
	r.peers = &peers{cast: c, clock: r.clock, fault: f, step: step, latency: quick, twins: map[string]*twin.Twin{}, seen: r.observe}
	if s, ok := c.calls[step]; ok {
		r.peers.field = s.read()
	}
	r.calls = call.NewRehearsal(c.stage, c.stage, r.peers, &call.Options{Now: r.clock.Now, Sleep: r.clock.Sleep, Random: half, Log: discard()})
	r.peers.made = r.calls.Steps
	name, begin := executionName, epoch
	if c.recording != nil { // under its own name, so that its idempotency keys are the same
		name, begin = c.recording.first, c.recording.runs[c.recording.first].run.StartedAt
		r.clock.at = begin
	}
	m, err := r.play(ctx, c.first, name, c.input, begin)
	out := Outcome{Status: Completed, Calls: r.requests}
	switch {
	case r.halted == Waiting:
		out.Status, out.At, out.Error = Waiting, r.failed, call.ErrOutcomeUnknown
		out.Cause = "Whether the request had its effect is not known, and repeating it could do it twice."
	case r.halted != "":
		out.Status, out.Cause = Stopped, "The rehearsal was stopped: "+r.halted+"."
	case err != nil:
		out.Status, out.Cause = Stopped, "The rehearsal was stopped: its time was up."
	case m.Status() != asl.Succeeded:
		out.Status, out.At = Failed, r.failed
		if failure := m.Failure(); failure != nil {
			out.Error, out.Cause = failure.Error, cut(failure.Cause)
		}
	}
	if m != nil && m.Status() == asl.Succeeded {
		r.whole = m.Output()
		_ = json.Unmarshal(r.whole, &r.output) // no object has no fields
	}
	took := time.Duration(0)
	if m != nil && m.EndedAt().After(begin) {
		took = m.EndedAt().Sub(begin)
	}
	return r, out, took
}

// maxCause bounds what is told of a failure.
const maxCause = 500

func cut(s string) string {
	if len(s) <= maxCause {
		return s
	}
	return strings.ToValidUTF8(s[:maxCause], "") + "…"
}

func itoa(n int) string { return strconv.Itoa(n) }
