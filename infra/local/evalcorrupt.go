package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apiq/apiq/shared/plan/eval"
	"github.com/apiq/apiq/shared/plan/eval/corrupt"
)

// evalCorruptCmd measures the checks, over plans made of known answers.
type evalCorruptCmd struct {
	Data    string  `required:"" placeholder:"DIR" help:"Folder with the goals and documents."`
	Set     string  `required:"" help:"Which goals, of those with arguments: arazzo, toolalpaca, sgd, glaive or executable."`
	Out     string  `placeholder:"FILE" help:"Write what was found to this file, a JSON line for each plan."`
	Seed    string  `help:"Break the plans in other places."`
	Limit   int     `help:"Only the first goals."`
	Workers int     `help:"How many goals at once. Defaults to the processors."`
	Least   float64 `help:"Exit 1 where less of any class is caught, in percent of what documents decide."`
}

// Run breaks plans.
func (c evalCorruptCmd) Run(ctx context.Context, s streams) error {
	t, err := corrupt.Run(ctx, eval.Open(goalsIn(c.Data)), c.Set, bench(nil), &corrupt.Options{Seed: c.Seed, Limit: c.Limit, Workers: c.Workers, Progress: s.progress})
	if errors.Is(err, eval.ErrNoSet) {
		return fmt.Errorf("%w: %w; there are %s", errUsage, err, strings.Join(eval.Names(), ", "))
	}
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := writeLines(c.Out, t.Cases); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "%s: ", c.Set)
	if err := t.Print(s.out); err != nil {
		return err
	}
	if class, least := t.Least(); 100*least < c.Least {
		fmt.Fprintf(s.err, "of “%s” %.1f %% is caught, and must be at least %.1f\n", class, 100*least, c.Least)
		return errFailed
	}
	return nil
}
