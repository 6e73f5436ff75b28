package main

import (
	"context"
	"fmt"

	"github.com/apiq/apiq/shared/execution/replay"
)

type aslCmd struct {
	Replay replayCmd `cmd:"" help:"Run recorded executions through the interpreter and compare: a line for each, then the counts."`
}

type replayCmd struct {
	File string `arg:"" type:"existingfile" help:"Recorded executions, as an array of {id, definition, input, final, events}."`
}

// Run prints each case and the counts; status 1 when any differs. What decides no
// verdict is counted on the standard error.
func (c replayCmd) Run(ctx context.Context, s streams) error {
	results, sum, err := replay.Run(ctx, c.File)
	if err != nil {
		return err
	}
	if err := replay.Print(s.out, results, sum); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(s.err, sum.Details); err != nil {
		return err
	}
	if sum.Failed > 0 {
		return errFailed
	}
	return nil
}
