package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/draft"
	"github.com/apiq/apiq/shared/plan/eval"
)

type evalCmd struct {
	Retrieval evalRetrievalCmd `cmd:"" help:"Measure how well the operations of goals are found."`
	Plan      evalPlanCmd      `cmd:"" help:"Measure plans: calls, their order, data flow and arguments."`
	Corrupt   evalCorruptCmd   `cmd:"" help:"Measure the checks: break plans that are known to be right, and count what is caught."`
	Train     evalTrainCmd     `cmd:"" help:"Grow the weights that the planner ships from goals with known answers, or measure such weights."`
}

// evalFlags are those of every measurement.
type evalFlags struct {
	Data      string  `required:"" placeholder:"DIR" help:"Folder with the goals and documents."`
	Set       string  `required:"" help:"Which goals: arazzo, restbench, toolalpaca, sgd, glaive, executable or stabletoolbench."`
	Out       string  `placeholder:"FILE" help:"Write the answers to this file, a JSON line for each goal."`
	Limit     int     `help:"Only the first goals."`
	Workers   int     `help:"How many goals at once. Defaults to the processors."`
	Least     float64 `help:"Exit 1 where the main score (all@20 or exact), in percent, is below this."`
	Connected string  `help:"How many APIs a goal is asked over: a number (those of its answer are always among them) or all."`
}

type evalRetrievalCmd struct{ evalFlags }

type evalPlanCmd struct {
	evalFlags
	Planner string `enum:"builtin,model" default:"builtin" help:"Which planner: builtin, or model, which asks the model that is configured for each goal, and costs what it bills."`
}

// Help says what the model planner needs and tells.
func (evalPlanCmd) Help() string {
	return "With --planner model each goal is planned as in a conversation with OPENAI_API_KEY set: by the model at OPENAI_BASE_URL named OPENAI_MODEL, with at most two repairs, and by the " +
		"built-in planner where that fails. How often it failed and why, tokens, requests and repairs are told, and with OPENAI_PRICE_INPUT and OPENAI_PRICE_OUTPUT the cost. Goals and " +
		"documents are sent to that server. --limit bounds how many goals are; Ctrl-C stops, and keeps what was written to --out and the figures so far."
}

// Run measures retrieval, over 28 connected APIs unless told otherwise.
func (c evalRetrievalCmd) Run(ctx context.Context, s streams) error {
	if c.Connected == "" {
		c.Connected = "28"
		if c.Set == "stabletoolbench" {
			c.Connected = "all"
		}
	}
	return c.measure(ctx, s, retrieval{bench(nil)}, "all@20")
}

// Run measures plans, over the APIs of the answer unless told otherwise.
func (c evalPlanCmd) Run(ctx context.Context, s streams) error {
	if c.Connected == "" {
		c.Connected = "0"
	}
	if c.Planner == "builtin" {
		return c.measure(ctx, s, planning{bench(nil), nil}, "exact")
	}
	m, err := openModel()
	if err != nil {
		return err
	}
	if err = c.measure(ctx, s, planning{bench(m.model), m}, "exact"); errors.Is(err, errUsage) {
		return err
	}
	return errors.Join(m.print(s.out), err)
}

// bench plans on a fixed day, so that the same goals give the same plans.
func bench(m plan.Model) *plan.Bench { return plan.NewBench(planningDay(), m) }

func (f evalFlags) measure(ctx context.Context, s streams, sys eval.System, main string) error {
	o := eval.Options{Limit: f.Limit, Workers: f.Workers}
	if f.Connected == "all" {
		o.Connected = -1
	} else if n, err := fmt.Sscanf(f.Connected, "%d", &o.Connected); n != 1 || err != nil || o.Connected < 0 {
		return fmt.Errorf("%w: --connected takes a number or all, not %q", errUsage, f.Connected)
	}
	o.Progress = s.progress
	out := lineFile{name: f.Out}
	o.Each = func(a eval.Answer) error { return out.write(a) }
	r, err := eval.Run(ctx, eval.Open(goalsIn(f.Data)), f.Set, sys, &o)
	if closing := out.close(); err == nil {
		err = closing
	}
	stopped := ctx.Err() != nil && errors.Is(err, context.Canceled)
	switch {
	case errors.Is(err, eval.ErrNoSet):
		return fmt.Errorf("%w: %w; there are %s", errUsage, err, strings.Join(eval.Names(), ", "))
	case stopped:
		fmt.Fprintln(s.err, "stopped; the figures are of the goals that were answered")
	case err != nil:
		return err
	}
	fmt.Fprintf(s.out, "%s: %d goals over %.0f APIs with %.0f operations in the mean\n", f.Set, len(r.Goals), r.Connected, r.Operations)
	scores := eval.Compute(r.Goals, r.Answers)
	if err := scores.Print(s.out); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%-18s p50 %s  p95 %s\n", "latency", r.Quantile(0.5).Round(time.Microsecond), r.Quantile(0.95).Round(time.Microsecond))
	if stopped {
		return errFailed
	}
	if got, _ := scores.Get(main); 100*got.Value < f.Least {
		fmt.Fprintf(s.err, "%s is %.1f, and must be at least %.1f\n", main, 100*got.Value, f.Least)
		return errFailed
	}
	return nil
}

// progress tells on the error stream how far a long command is.
func (s streams) progress(done, all int) {
	if done == all || done%min(50, max(1, all/20)) == 0 {
		fmt.Fprintf(s.err, "%d/%d\n", done, all)
	}
}

// goalsIn takes the folder of all corpora for that of the goals.
func goalsIn(dir string) string {
	if info, err := os.Stat(filepath.Join(dir, "plan")); err == nil && info.IsDir() {
		return filepath.Join(dir, "plan")
	}
	return dir
}

// retrieval answers a goal by what is found for it.
type retrieval struct{ *plan.Bench }

const rankedAnswers = 50

// Answer implements eval.System.
func (r retrieval) Answer(_ context.Context, g *eval.Goal, over *eval.Over) (eval.Answer, error) {
	a := eval.Answer{Ranked: []string{}}
	for _, h := range r.Retrieve(g.Text, over.Set, rankedAnswers) {
		a.Ranked = append(a.Ranked, over.Name(h.Entry, h.Op))
	}
	return a, nil
}

// planning answers a goal by a plan that passed its checks.
type planning struct {
	*plan.Bench
	model *evalModel // nil where only the built-in planner plans
}

// Answer implements eval.System.
func (p planning) Answer(ctx context.Context, g *eval.Goal, over *eval.Over) (eval.Answer, error) {
	var a eval.Answer
	made, err := p.Plan(ctx, g.Text, over.Set)
	if p.model != nil {
		p.model.count(made, err)
		a.Planner, a.FellBack = made.Planner, made.Failed
	}
	if plan.Impossible(err) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	valid := true
	a.Valid, a.Confidence, a.Questions = &valid, &made.Confidence, made.Questions
	for _, st := range made.Draft.Steps {
		if st.Op == nil {
			continue
		}
		call := eval.Call{ID: st.ID, Op: over.Name(st.Entry, st.Op), Args: map[string]json.RawMessage{}}
		for _, arg := range st.Args {
			name := strings.Join(arg.Path, ".")
			switch {
			case arg.Value.Literal != nil:
				call.Args[name] = arg.Value.Literal
			case arg.Value.Ref != nil:
				if from := source(made.Draft, st, arg.Value.Ref); from != "" {
					a.Edges = append(a.Edges, eval.Edge{FromStep: from, ToStep: st.ID, Param: name, Output: strings.Join(arg.Value.Ref.Path, ".")})
				}
			}
		}
		a.Steps = append(a.Steps, call)
	}
	return a, nil
}

// source is the step that a reference reads, of a loop's item the step that gives the list.
func source(d *draft.Draft, st *draft.Step, ref *draft.Ref) string {
	id := ref.Step
	if ref.Item && st.Loop != nil {
		id = st.Loop.Over.Step
	}
	if slices.ContainsFunc(d.Steps, func(s *draft.Step) bool { return s.ID == id }) {
		return id
	}
	return ""
}
