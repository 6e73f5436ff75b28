package rehearse

import (
	"context"
	"encoding/json"
	"time"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/check"
)

// Options of a Service.
type Options struct {
	// Calls bounds the requests of one rehearsed run. Defaults to 500.
	Calls int
	// Steps bounds the call steps that faults are tried on. Defaults to 10.
	Steps int
	// Time bounds a whole rehearsal; scenarios that it leaves no time for are told as
	// SKIPPED. Defaults to 5 s.
	Time time.Duration
}

// Service rehearses the workflows of the workspace in the context.
type Service struct {
	workflows *workflow.Service
	apis      check.Resolver
	trail     *audit.Trail
	opts      Options
}

// New makes a Service.
func New(workflows *workflow.Service, apis check.Resolver, trail *audit.Trail, o *Options) *Service {
	s := &Service{workflows: workflows, apis: apis, trail: trail}
	if o != nil {
		s.opts = *o
	}
	if s.opts.Calls <= 0 {
		s.opts.Calls = 500
	}
	if s.opts.Steps <= 0 {
		s.opts.Steps = 10
	}
	if s.opts.Time <= 0 {
		s.opts.Time = 5 * time.Second
	}
	return s
}

// Request is what to rehearse.
type Request struct {
	// Input is the run's; what it lacks is made from the input's schema.
	Input json.RawMessage
	// Version defaults to the newest.
	Version int64
	// Faults are those to play. Defaults to all; an empty list plays none.
	Faults []Fault
}

// Rehearse plays a workflow. Errors: NOT_FOUND; VALIDATION_FAILED for the input or a
// fault; WORKFLOW_INVALID where the document does not fit its APIs.
func (s *Service) Rehearse(ctx context.Context, workflowID string, in Request) (Report, error) {
	faults := in.Faults
	if faults == nil {
		faults = Faults()
	}
	for _, f := range faults {
		if !f.Valid() {
			return Report{}, apierr.New(apierr.ValidationFailed, "There is no such fault.").
				With(apierr.Problem{Path: "/faults", Code: "enum", Message: oneOf()})
		}
	}
	c, problems, err := s.castOf(ctx, workflowID, in.Version)
	if err != nil {
		return Report{}, err
	}
	report := Report{WorkflowID: workflowID, Version: c.version, Name: c.name}
	if c.input, report.Samples, err = completed(ctx, c.first, in.Input); err != nil {
		return Report{}, err
	}
	s.play(ctx, c, &report, faults)
	report.Problems = append(problems, report.Problems...)
	if report.Problems == nil {
		report.Problems = []Problem{}
	}
	return report, s.trail.Commit(ctx, nil, audit.Entry{Action: "workflow.rehearse", Resource: workflowID, Message: "rehearsed " + c.name, Details: map[string]any{
		"version": c.version, "status": report.Run.Status, "calls": report.Totals.Calls, "scenarios": len(report.Scenarios), "problems": len(report.Problems)}})
}

// castOf makes a version of a workflow ready, 0 for the newest. The problems are of the
// workflows that its steps run.
func (s *Service) castOf(ctx context.Context, workflowID string, version int64) (*cast, []Problem, error) {
	st := newStage(s.workflows, s.apis)
	w, err := st.load(ctx, workflowID, version)
	if err != nil {
		return nil, nil, err
	}
	if err := s.workflows.Entitled(ctx, w.sharing, w.document); err != nil {
		return nil, nil, err
	}
	ctx = access.As(ctx, access.Machine()) // who may run it may rehearse it, without gaining what it uses
	first, err := st.prepare(ctx, w, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	c := &cast{stage: st, name: w.name, version: w.version, first: first, maxCalls: s.opts.Calls}
	var problems []Problem
	c.scripts, c.order, problems = st.company(ctx, first)
	return c, problems, c.assemble(ctx)
}

// play fills a report: the plain run, then each fault in each call step, as long as
// there is time.
func (s *Service) play(ctx context.Context, c *cast, report *Report, faults []Fault) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Time)
	defer cancel()
	plain, out, took := c.perform(ctx, "", "")
	report.Run = out
	report.Assumed = append([]string{}, plain.told...)
	report.Steps = c.steps(plain)
	report.Egress = c.egress(report.Steps)
	report.Totals = c.totals(report.Steps)
	report.Totals.Duration, report.Totals.Cost = duration(plain, took), cost(plain, c.first.brief, took)
	report.Problems = c.problems(plain, out, report.Steps)
	report.Scenarios = []Scenario{}
	steps := c.callIDs
	if len(steps) > s.opts.Steps {
		steps, report.Truncated = steps[:s.opts.Steps], true
	}
	for _, step := range steps {
		if n := plain.notes[step]; n == nil || n.requests == 0 {
			continue // a run does not get there, with this input
		}
		for _, f := range faults {
			if played, ok := c.scenario(ctx, f, step, plain); ok {
				report.Scenarios = append(report.Scenarios, played)
			}
		}
	}
}
