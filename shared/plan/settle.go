package plan

import (
	"context"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/plan/catalog"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/workflow"
)

// maxSettles bounds the rounds in which checks drop bindings: each round drops at
// least one.
const maxSettles = 8

// settle proves a draft and drops what does not hold: a mapping or literal
// becomes a question, a condition a pause for a person. What cannot be dropped
// makes the plan impossible.
func (p *prover) settle(ctx context.Context, d *draft.Draft) (proof, error) {
	var left []problem
	for range maxSettles {
		pr, problems, err := p.prove(ctx, d)
		if err != nil || len(problems) == 0 {
			return pr, err
		}
		left = problems
		dropped := false
		for _, pb := range problems {
			dropped = drop(d, pr.doc, pb) || dropped
		}
		if !dropped {
			break
		}
	}
	refused := apierr.New(apierr.PlanNotPossible, "A plan was found, but it does not pass its checks: "+p.about(left[0], d)+draft.Clip(left[0].detail, 300))
	for _, pb := range left {
		refused = refused.With(apierr.Problem{Path: pb.path, Code: pb.name, Message: pb.detail})
	}
	return proof{}, refused
}

// about names the connection that a problem concerns.
func (p *prover) about(pb problem, d *draft.Draft) string {
	composed, err := d.Compose()
	if err != nil {
		return ""
	}
	name := ""
	composed.Walk(func(path string, s *workflow.Step) {
		if c, ok := p.conns[s.Connection]; ok && strings.HasPrefix(pb.path, path+"/") {
			name = "“" + c.Name + "”: "
		}
	})
	return name
}

// drop takes back the binding that a problem lies in; false where it lies in none.
func drop(d *draft.Draft, doc *workflow.Document, pb problem) bool {
	if doc == nil {
		return false
	}
	at, stepID := place(doc, pb)
	rest := strings.TrimPrefix(pb.path, at)
	if guarded, ok := strings.CutPrefix(stepID, "if_"); ok {
		if st, found := d.Find(guarded); found && st.Guard != nil {
			unguard(d, st.Guard)
			return true
		}
	}
	if looped, ok := strings.CutPrefix(stepID, "each_"); ok {
		if st, found := d.Find(looped); found && st.Loop != nil {
			unloop(d, st.Loop)
			return true
		}
	}
	st, ok := d.Find(stepID)
	if !ok || st.Op == nil {
		return false
	}
	return dropArg(d, st, rest)
}

// dropArg turns the argument that a path below a step names into a question.
func dropArg(d *draft.Draft, st *draft.Step, rest string) bool {
	names := pointer(rest)
	if len(names) == 0 || names[0] != "parameters" && names[0] != "body" {
		return false
	}
	for i, a := range st.Args {
		if (a.In == "body") != (names[0] == "body") || !covers(a.Path, names[1:]) {
			continue
		}
		if a.Value.Input != nil {
			return false // asking again helps nothing
		}
		st.Args = append(st.Args[:i:i], st.Args[i+1:]...)
		if f, ok := st.Op.Arg(a.In, strings.Join(a.Path, ".")); ok && f.Required {
			st.Args = append(st.Args, draft.Ask(d.Steps, st.Op, f))
		}
		return true
	}
	dotted := strings.Join(names[1:], ".")
	in := ""
	if names[0] == "body" {
		in = "body"
	}
	if f, ok := st.Op.Arg(in, dotted); ok { // a required one that is missing
		st.Args = append(st.Args, draft.Ask(d.Steps, st.Op, f))
		return true
	}
	if names[0] == "body" && st.Op.BodySchema().Known() {
		kept := st.Args[:0:0]
		for _, a := range st.Args {
			if a.In != "body" {
				kept = append(kept, a)
			} else if len(a.Path) == 0 && a.Value.Input != nil {
				return false
			}
		}
		st.Args = kept
		st.Args = append(st.Args, draft.AskBody(d.Steps, st.Op))
		return true
	}
	return false
}

// covers says whether the argument's path and the place lie on one line.
func covers(path, place []string) bool {
	for i := range min(len(path), len(place)) {
		if path[i] != place[i] {
			return false
		}
	}
	return len(path) > 0 && len(place) > 0 || len(path) == 0 && len(place) == 0
}

// unguard replaces a condition by a pause.
func unguard(d *draft.Draft, g *draft.Guard) {
	out := make([]*draft.Step, 0, len(d.Steps)+1)
	paused := false
	for _, st := range d.Steps {
		if st.Guard == g {
			if !paused {
				out = append(out, &draft.Step{ID: "confirm_" + clipID(st.ID), Approval: "Go on only if this is so: " + g.Text, Why: g.Text})
				paused = true
			}
			st.Guard = nil
		}
		out = append(out, st)
	}
	d.Steps = out
	d.Notes = append(d.Notes, "The condition “"+g.Text+"” could not be bound to an answer, so the run stops there and asks a person.")
}

func clipID(s string) string { return s[:min(len(s), 40)] }

// unloop turns what a loop gave into questions.
func unloop(d *draft.Draft, l *draft.Loop) {
	for _, st := range d.Steps {
		if st.Loop != l {
			continue
		}
		st.Loop = nil
		for i, a := range st.Args {
			if a.Value.Ref == nil || !a.Value.Ref.Item {
				continue
			}
			var f *catalog.Field
			if f, _ = st.Op.Arg(a.In, strings.Join(a.Path, ".")); f == nil {
				continue
			}
			st.Args[i] = draft.Ask(d.Steps, st.Op, f)
		}
	}
}
