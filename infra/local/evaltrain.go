package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/builtin"
	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/learn"
	"github.com/apiq/apiq/shared/plan/retrieve"
	"github.com/apiq/apiq/shared/plan/sequence"
	"github.com/apiq/apiq/shared/plan/train"
)

// evalTrainCmd grows the weights that the planner ships, or measures what such weights
// are worth for vendors that they were not grown from.
type evalTrainCmd struct {
	Data  string `required:"" placeholder:"DIR" help:"Folder with the goals and documents."`
	Out   string `placeholder:"DIR" help:"Write retrieve/weights.json and sequence/weights.json below this folder (shared/plan)."`
	Folds int    `help:"Instead, measure in so many parts by vendor: each with weights grown from the others."`
}

// Run trains.
func (c evalTrainCmd) Run(ctx context.Context, s streams) error {
	if (c.Out == "") == (c.Folds == 0) || c.Folds < 0 || c.Folds == 1 {
		return fmt.Errorf("%w: name --out, or --folds of at least 2", errUsage)
	}
	corpus := eval.Open(goalsIn(c.Data))
	o := &train.Options{Progress: func(what string, done, all int) {
		if done == all || done%100 == 0 {
			fmt.Fprintf(s.err, "%s: %d/%d\n", what, done, all)
		}
	}}
	trainer, err := train.New(ctx, corpus, planningDay(), o)
	if err != nil {
		return err
	}
	if c.Folds > 0 {
		return c.measure(ctx, s, corpus, trainer)
	}
	f, err := trainer.Grow(ctx, nil)
	if err != nil {
		return err
	}
	for name, forest := range map[string]*learn.Forest{"retrieve": f.Retrieval, "sequence": f.Sequence} {
		raw, err := json.Marshal(forest)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(c.Out, name, "weights.json"), append(raw, '\n'), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// planningDay is the day that measured plans are made on.
func planningDay() *builtin.Options {
	day := time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC)
	return &builtin.Options{Now: func() time.Time { return day }}
}

func (c evalTrainCmd) measure(ctx context.Context, s streams, corpus *eval.Corpus, trainer *train.Trainer) error {
	plans, found := map[string]*eval.Result{}, map[string]*eval.Result{}
	for k := range c.Folds {
		f, err := trainer.Grow(ctx, func(v string) bool { return train.Fold(v, c.Folds) != k })
		if err != nil {
			return err
		}
		b := planningDay()
		b.Ranker, b.Model = retrieve.New(f.Retrieval), sequence.NewModel(f.Sequence)
		only := func(g *eval.Goal) bool { return train.Fold(g.Vendor(), c.Folds) == k }
		for _, set := range []string{"restbench", "arazzo", "toolalpaca", "sgd", "glaive"} {
			if err := extend(ctx, plans, corpus, set, planning{plan.NewBench(b, nil), nil}, &eval.Options{Only: only}); err != nil {
				return err
			}
		}
		for set, connected := range map[string]int{"arazzo": 28, "stabletoolbench": -1} {
			if err := extend(ctx, found, corpus, set, retrieval{plan.NewBench(b, nil)}, &eval.Options{Only: only, Connected: connected}); err != nil {
				return err
			}
		}
	}
	for _, part := range []struct {
		what    string
		results map[string]*eval.Result
	}{{"plan", plans}, {"retrieval", found}} {
		for _, set := range eval.Names() {
			if r := part.results[set]; r != nil {
				fmt.Fprintf(s.out, "%s, %s, %d parts by vendor\n", part.what, set, c.Folds)
				if err := eval.Compute(r.Goals, r.Answers).Print(s.out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// extend adds what one part's goals were answered to those of the others.
func extend(ctx context.Context, to map[string]*eval.Result, corpus *eval.Corpus, set string, sys eval.System, o *eval.Options) error {
	r, err := eval.Run(ctx, corpus, set, sys, o)
	if err != nil {
		return err
	}
	if to[set] == nil {
		to[set] = &eval.Result{}
	}
	to[set].Goals = append(to[set].Goals, r.Goals...)
	to[set].Answers = append(to[set].Answers, r.Answers...)
	return nil
}
