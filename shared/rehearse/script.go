package rehearse

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/tenant"
	"github.com/apiq/apiq/shared/workflow"
	compile "github.com/apiq/apiq/shared/workflow/asl"
	"github.com/apiq/apiq/shared/workflow/check"
)

// maxDepth bounds workflows that run each other, maxScripts how many there are in all.
const (
	maxDepth   = 3
	maxScripts = 20
)

// script is one document made ready: the rehearsed workflow's own, or that of a
// workflow which a step runs.
type script struct {
	// prefix stands before the ids of its steps: "" or "onboard/".
	prefix  string
	doc     *workflow.Document
	report  check.Report
	machine *asl.Machine
	states  map[string]compile.StateInfo
	brief   bool
	depth   int
	// parent is the script whose step runs this one; nil for the first.
	parent *script
	by     *workflow.Step

	steps map[string]*workflow.Step
	// items are the loops by the name that their items have.
	items map[string]*workflow.Step
	// handlers give, by the first step of an onError, the step that it is of.
	handlers map[string]string
}

// prepare proves and compiles a document as a real run would.
func (s *Service) prepare(ctx context.Context, st *stage, w source, parent *script, by *workflow.Step) (*script, error) {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	sc := &script{doc: w.document, parent: parent, by: by, steps: map[string]*workflow.Step{}, items: map[string]*workflow.Step{}, handlers: map[string]string{}}
	if parent != nil {
		sc.prefix, sc.depth = parent.prefix+by.ID+"/", parent.depth+1
	}
	sc.report = check.Run(ctx, w.document, st, &check.Options{Workflows: s.document})
	if err := sc.report.Err(); err != nil {
		return nil, err
	}
	effects := sc.report.Effects()
	definition, states, err := compile.Compile(w.document, compile.Binding{Workspace: workspace, WorkflowID: w.id, Version: w.version,
		SpecHashes: sc.report.SpecHashes, Effects: effects})
	if err != nil {
		return nil, err
	}
	if sc.machine, err = asl.Parse(definition, nil); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	sc.states = states
	sc.brief, _ = compile.Brief(w.document, effects)
	sc.doc.Walk(func(_ string, step *workflow.Step) {
		sc.steps[step.ID] = step
		if step.As != "" {
			sc.items[step.As] = step
		}
		if step.OnError != nil && step.OnError.Mode == workflow.OnErrorSteps {
			sc.handlers[step.OnError.Steps[0].ID] = step.ID
		}
	})
	return sc, nil
}

// source is one version of a workflow.
type source struct {
	id, name string
	version  int64
	document *workflow.Document
}

func (s *Service) load(ctx context.Context, id string, version int64) (source, error) {
	v, err := s.workflows.Version(ctx, id, version)
	return source{id: id, name: v.Name, version: v.VersionInfo.Version, document: v.Document}, err
}

func (s *Service) document(ctx context.Context, id string, version int64) (*workflow.Document, error) {
	w, err := s.load(ctx, id, version)
	return w.document, err
}

// company prepares the scripts that a script's steps run, by prefix. What cannot be
// prepared is a problem, and its step then fails as it would in a real run.
func (s *Service) company(ctx context.Context, st *stage, first *script) (map[string]*script, []*script, []Problem) {
	all := map[string]*script{first.prefix: first}
	order := []*script{first}
	var problems []Problem
	for i := 0; i < len(order); i++ {
		sc := order[i]
		sc.doc.Walk(func(_ string, step *workflow.Step) {
			if step.Type != workflow.TypeWorkflow {
				return
			}
			if sc.depth+1 > maxDepth || len(order) >= maxScripts {
				problems = append(problems, Problem{sc.prefix + step.ID, "Workflows that run each other are rehearsed three deep, twenty in all; this one was not."})
				return
			}
			w, err := s.load(ctx, step.Workflow, step.WorkflowVersion)
			var nested *script
			if err == nil {
				nested, err = s.prepare(ctx, st, w, sc, step)
			}
			if err != nil {
				problems = append(problems, Problem{sc.prefix + step.ID, "The workflow that it runs cannot be run: " + apierr.From(err).Detail})
				return
			}
			all[nested.prefix] = nested
			order = append(order, nested)
		})
	}
	return all, order, problems
}

// own is the step without the steps inside it, as JSON.
func own(s *workflow.Step) json.RawMessage {
	alone := *s
	alone.Then, alone.Else, alone.Do, alone.Branches, alone.OnError = nil, nil, nil, nil, nil
	alone.Cases = nil
	for _, c := range s.Cases {
		alone.Cases = append(alone.Cases, workflow.Case{If: c.If})
	}
	raw, err := json.Marshal(alone)
	if err != nil {
		return nil
	}
	return raw
}
