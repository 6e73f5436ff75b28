package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/execution/local/asl"
	compile "github.com/apiq/apiq/shared/workflow/asl"
)

// run is one rehearsed run: of the whole cast, with one fault or none.
type run struct {
	cast  *cast
	clock *clock
	calls *call.Rehearsal
	peers *peers
	stop  context.CancelFunc

	// halted is why the run was given up; "" while it was not.
	halted string
	tokens int
	// waits is how long the run rests on purpose.
	waits       time.Duration
	transitions int
	requests    int
	notes       map[string]*notes
	// acted are the rules that acted on failures, in order; failed is the step that
	// failed last.
	acted  []string
	failed string
	told   []string // what a real run would have waited for
	// whole is the output of a run that completed, output its fields.
	whole  json.RawMessage
	output map[string]json.RawMessage
}

// notes are what a run did at one step.
type notes struct {
	tasks, requests, retries int
	// sent are the fields that its calls held, with the digests of their values.
	sent   map[string]map[uint64]bool
	seen   []seen
	errors []string
}

func (r *run) at(step string) *notes {
	n, ok := r.notes[step]
	if !ok {
		n = &notes{sent: map[string]map[uint64]bool{}}
		r.notes[step] = n
	}
	return n
}

func (r *run) halt(why string) {
	if r.halted == "" {
		r.halted = why
	}
	r.stop()
}

// outcome of a task, at the moment when it is there.
type outcome struct {
	work   asl.Work
	at     time.Time
	value  json.RawMessage
	failed *asl.Failure
}

// epoch is when every rehearsed run begins, so that all of it is the same each time.
var epoch = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// play runs a script from start to its end, as the machine that it returns tells. The
// error is that it was given up: see halted, and the context.
func (r *run) play(ctx context.Context, sc *script, name string, input json.RawMessage, start time.Time) (m *asl.Run, err error) {
	m = asl.NewRun(sc.machine, asl.Execution{ID: "rehearsal:" + name, Name: name}, &asl.RunOptions{
		Token: func() string { r.tokens++; return name + "." + itoa(r.tokens) }, Random: func() float64 { return 0.5 }})
	if err := m.Start(input, start); err != nil {
		return nil, err
	}
	now, states, begun := start, map[string]string{}, map[int64]bool{}
	var out []outcome
	for {
		more, err := m.Advance(ctx, now)
		if err != nil {
			return m, err
		}
		r.note(sc, states, m.Take())
		if m.Status() != asl.Running {
			return m, nil
		}
		if more {
			continue
		}
		fresh := slices.DeleteFunc(m.Tasks(), func(w asl.Work) bool { return begun[w.Scheduled] })
		slices.SortFunc(fresh, func(a, b asl.Work) int { return int(a.Scheduled - b.Scheduled) })
		for _, w := range fresh {
			begun[w.Scheduled] = true
			if err := m.TaskStarted(w, now); err != nil {
				return m, err
			}
			o := r.perform(ctx, sc, name, w, now)
			if err := ctx.Err(); err != nil {
				return m, err
			}
			out = append(out, o)
		}
		next := m.NextDue()
		for _, o := range out {
			if next.IsZero() || o.at.Before(next) {
				next = o.at
			}
		}
		if next.IsZero() {
			r.halt("nothing is left that could move the run on")
			return m, context.Canceled
		}
		now = next
		if out, err = settle(m, out, now); err != nil {
			return m, err
		}
	}
}

// settle gives the machine the outcomes that are there by now and returns the others.
func settle(m *asl.Run, out []outcome, now time.Time) (later []outcome, err error) {
	for _, o := range out {
		if o.at.After(now) {
			later = append(later, o)
			continue
		}
		switch {
		case o.failed != nil:
			err = m.TaskFailed(o.work, "Failed", o.failed, now)
		case o.work.Token != "":
			if err = m.TaskSubmitted(o.work, asl.Invoked(nil), now); err == nil {
				err = m.TaskSucceeded(o.work, o.value, now)
			}
		default:
			err = m.TaskSucceeded(o.work, asl.Invoked(o.value), now)
		}
		if err != nil && !errors.Is(err, asl.ErrNotOut) {
			return nil, err
		}
	}
	return later, nil
}

// note reads what the machine did.
func (r *run) note(sc *script, states map[string]string, entries []*asl.Entry) {
	for _, e := range entries {
		switch {
		case strings.HasSuffix(e.Type, "StateEntered"):
			var details struct{ Name string }
			if json.Unmarshal(e.Details, &details) != nil {
				continue
			}
			states[e.Thread] = details.Name
			r.transitions++
			r.entered(sc, details.Name, e)
		case e.Type == asl.NoteRetry:
			r.transitions++ // as AWS counts it
			r.at(sc.prefix+sc.states[states[e.Thread]].StepID).retries++
		}
	}
}

func (r *run) entered(sc *script, state string, e *asl.Entry) {
	info := sc.states[state]
	step := sc.prefix + info.StepID
	if owner, ok := sc.handlers[state]; ok {
		r.act("onError of " + sc.prefix + owner + ": its own steps ran instead.")
	}
	switch {
	case info.Role == compile.RoleContinue:
		r.act("onError of " + step + ": the run went on, with null for its value.")
	case info.Role == compile.RoleMain:
		r.at(step) // that it is noted says that the run got here
	}
	switch {
	case info.Type == "Wait":
		rest := e.Due.Sub(e.At)
		r.waits += rest
		r.tell("Step " + step + " waits " + rest.Round(time.Second).String() + ": skipped.")
	case info.Type == "Fail" && info.StepID != "":
		r.failed = step
	}
}

func (r *run) act(what string) {
	if !slices.Contains(r.acted, what) && len(r.acted) < maxListed {
		r.acted = append(r.acted, what)
	}
}

func (r *run) tell(what string) {
	if !slices.Contains(r.told, what) && len(r.told) < maxListed {
		r.told = append(r.told, what)
	}
}

// maxListed bounds each list of sentences.
const maxListed = 50
