package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/execution/local/asl"
)

// Verdict is what became of a case.
type Verdict string

// The verdicts. NotSupported cases need what the interpreter does not have.
const (
	OK           Verdict = "ok"
	Differs      Verdict = "differs"
	NotSupported Verdict = "not supported"
)

// Result is one case's.
type Result struct {
	ID      string
	Verdict Verdict
	// Why says where a case differs or what is not supported; for one that is ok, it
	// says where a cause is worded otherwise, or an event follows another.
	Why string
	Details
}

// Details count what is compared beside a verdict, of cases that are ok: the causes
// that AWS recorded, of the execution and of events within it, and which event each
// event follows (previousEventId).
type Details struct {
	Causes, SameCauses int
	Links, SameLinks   int
}

// Summary counts verdicts and details.
type Summary struct {
	Passed, Failed, NotSupported int
	Details
}

func (d *Details) add(more Details) {
	d.Causes += more.Causes
	d.SameCauses += more.SameCauses
	d.Links += more.Links
	d.SameLinks += more.SameLinks
}

// String words the details for a person.
func (d Details) String() string {
	return fmt.Sprintf("causes worded as AWS does: %d of %d; events that follow the same event: %d of %d", d.SameCauses, d.Causes, d.SameLinks, d.Links)
}

// Run replays the cases of a file.
func Run(ctx context.Context, file string) ([]Result, Summary, error) {
	cases, err := Load(file)
	if err != nil {
		return nil, Summary{}, err
	}
	var sum Summary
	results := make([]Result, 0, len(cases))
	for i := range cases {
		if err := ctx.Err(); err != nil {
			return nil, Summary{}, err
		}
		r := Replay(ctx, &cases[i])
		switch r.Verdict {
		case OK:
			sum.Passed++
		case Differs:
			sum.Failed++
		case NotSupported:
			sum.NotSupported++
		}
		sum.add(r.Details)
		results = append(results, r)
	}
	return results, sum, nil
}

// Print writes results as the command does: verdict, id and reason between tabs, a
// line each, and the counts as the last line.
func Print(w io.Writer, results []Result, sum Summary) error {
	flat := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	for _, r := range results {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\n", r.Verdict, flat.Replace(r.ID), flat.Replace(r.Why)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %d not supported\n", sum.Passed, sum.Failed, sum.NotSupported)
	return err
}

// Replay runs one case.
func Replay(ctx context.Context, c *Case) Result {
	differs := func(why string) Result { return Result{ID: c.ID, Verdict: Differs, Why: why} }
	m, err := asl.Parse(c.Definition, nil)
	if errors.Is(err, asl.ErrUnsupported) {
		return Result{ID: c.ID, Verdict: NotSupported, Why: strings.TrimPrefix(err.Error(), asl.ErrUnsupported.Error()+": ")}
	}
	if err != nil {
		return differs(err.Error())
	}
	if len(c.Events) == 0 {
		return differs("the recording has no events")
	}
	for _, e := range c.Events {
		if strings.HasPrefix(e.Type, "MapRun") {
			return Result{ID: c.ID, Verdict: NotSupported, Why: "a distributed Map"}
		}
	}
	p := &player{c: c, now: time.Date(2024, 11, 22, 12, 0, 0, 0, time.UTC)}
	if err := p.play(ctx, m); err != nil {
		return differs(err.Error())
	}
	if err := p.compare(); err != nil {
		return differs(err.Error())
	}
	out := Result{ID: c.ID, Verdict: OK}
	out.Details, out.Why = p.details()
	return out
}

// player drives one run by its recording.
type player struct {
	c     *Case
	run   *asl.Run
	now   time.Time
	mine  []*asl.Entry // visible events so far
	masks []mask
}

// play runs until the run ends or parts from its recording.
func (p *player) play(ctx context.Context, m *asl.Machine) error {
	input, err := p.unmask()
	if err != nil {
		return err
	}
	first := &p.c.Events[0]
	// The ids are masked in recordings; expressions that read them need some.
	p.run = asl.NewRun(m, asl.Execution{
		ID: "arn:aws:states:us-east-1:111111111111:execution:machine:recorded", Name: "recorded", RoleARN: first.text("roleArn"),
		StateMachineID: "arn:aws:states:us-east-1:111111111111:stateMachine:machine", StateMachine: "machine",
	}, nil)
	if err := p.run.Start(input, p.now); err != nil {
		return err
	}
	for p.run.Status() == asl.Running {
		if err := p.take(); err != nil {
			return err
		}
		if len(p.mine) >= len(p.c.Events) {
			return fmt.Errorf("goes on after event %d, where the recording ends", len(p.mine))
		}
		moved, err := p.next(ctx, &p.c.Events[len(p.mine)])
		if err != nil {
			return err
		}
		if moved {
			continue
		}
		due := p.run.NextDue()
		if !due.After(p.now) {
			e := &p.c.Events[len(p.mine)]
			return fmt.Errorf("stands still at event %d, where AWS records %s", len(p.mine)+1, e.Type)
		}
		p.now = due
	}
	if err := p.take(); err != nil {
		return err
	}
	if len(p.mine) < len(p.c.Events) {
		return fmt.Errorf("ends with event %d of %d", len(p.mine), len(p.c.Events))
	}
	return nil
}

// take collects new events and compares their types with the recording's.
func (p *player) take() error {
	for _, e := range p.run.Take() {
		if e.Hidden() {
			continue
		}
		p.mine = append(p.mine, e)
		i := len(p.mine) - 1
		if i >= len(p.c.Events) {
			return fmt.Errorf("event %d is %s, where the recording has ended", i+1, e.Type)
		}
		if want := &p.c.Events[i]; want.Type != e.Type {
			return fmt.Errorf("event %d is %s, want %s%s", i+1, e.Type, want.Type, about(e))
		}
	}
	return nil
}

func about(e *asl.Entry) string {
	var d struct{ Cause string }
	if json.Unmarshal(e.Details, &d) == nil && d.Cause != "" {
		return ": " + d.Cause
	}
	return ""
}

// next makes the event that the recording has next.
func (p *player) next(ctx context.Context, want *Event) (bool, error) {
	if w, step := p.outcome(want); step != "" {
		return true, p.feed(w, step, want)
	}
	moves := p.run.Moves(p.now)
	if len(moves) == 0 {
		return false, nil
	}
	pick := -1
	for i, m := range moves {
		if m.Event == want.Type && (m.Name == "" || m.Name == want.name()) && (want.index() < 0 || m.Index == want.index()) {
			pick = i
			break
		}
	}
	if pick < 0 {
		return p.run.Step(ctx, p.now, nil)
	}
	return p.run.Step(ctx, p.now, &moves[pick])
}

// outcome finds the task that a recorded event tells of, by walking back to where
// it was scheduled, and the last word of the event.
func (p *player) outcome(want *Event) (asl.Work, string) {
	tasks := p.run.Tasks()
	for _, w := range tasks {
		step, ok := strings.CutPrefix(want.Type, w.Family)
		switch {
		case !ok:
			continue
		case step == "Started", step == "Submitted", step == "Succeeded", step == "Failed", step == "TimedOut",
			step == "StartFailed", step == "SubmitFailed", step == "ScheduleFailed":
			if p.follows(want, w.Scheduled) {
				return w, step
			}
		}
	}
	return asl.Work{}, ""
}

func (p *player) follows(e *Event, scheduled int64) bool {
	for id := e.Previous; id > 0; {
		if id == scheduled {
			return true
		}
		if id > int64(len(p.c.Events)) || p.c.Events[id-1].Previous >= id {
			return false
		}
		id = p.c.Events[id-1].Previous
	}
	return false
}

func (p *player) feed(w asl.Work, step string, e *Event) error {
	switch step {
	case "Started":
		return p.run.TaskStarted(w, p.now)
	case "Submitted":
		return p.run.TaskSubmitted(w, json.RawMessage(e.text("output")), p.now)
	case "Succeeded":
		return p.run.TaskSucceeded(w, json.RawMessage(e.text("output")), p.now)
	}
	return p.run.TaskFailed(w, step, &asl.Failure{Error: e.text("error"), Cause: e.text("cause")}, p.now)
}
