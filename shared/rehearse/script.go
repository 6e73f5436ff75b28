package rehearse

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/launch"
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
	// known is what was found of templates, by their text.
	known map[string]reading
}

// prepare proves and compiles a document as a real run would.
func (s *stage) prepare(ctx context.Context, w source, parent *script, by *workflow.Step) (*script, error) {
	program, err := launch.Compile(ctx, w.document, w.id, w.version, s, &check.Options{Workflows: s.document})
	if err != nil {
		return nil, err
	}
	sc := &script{doc: w.document, states: program.States, brief: program.Brief, parent: parent, by: by,
		steps: map[string]*workflow.Step{}, items: map[string]*workflow.Step{}, handlers: map[string]string{}, known: map[string]reading{}}
	if parent != nil {
		sc.prefix, sc.depth = parent.prefix+by.ID+"/", parent.depth+1
	}
	if sc.machine, err = asl.Parse(program.Definition, nil); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
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

// company prepares the scripts that a script's steps run, by prefix. What cannot be
// prepared is a problem, and its step then fails as it would in a real run.
func (s *stage) company(ctx context.Context, first *script) (map[string]*script, []*script, []Problem) {
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
				nested, err = s.prepare(ctx, w, sc, step)
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
