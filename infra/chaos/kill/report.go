package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/apiq/apiq/shared/effect"
	"github.com/apiq/apiq/shared/execution"
)

// report prints what happened, all homes together, and gives the number of faults.
func report(w io.Writer, rounds []*round) (faults int) {
	var (
		kills    [points]int
		all      int
		starts   []time.Duration
		runs     = map[execution.Status]int{}
		total    int
		steps    int
		requests int
		asked    = map[effect.Class]int{}
		took     = map[effect.Class]map[string]bool{effect.Idempotent: {}, effect.Keyed: {}, effect.Unsafe: {}}
		unknown  = map[string]int{}
	)
	for _, r := range rounds {
		for where, n := range r.house.kills {
			kills[where] += n
			all += n
		}
		starts = append(starts, r.house.starts...)
		for status, n := range r.verdict.runs {
			runs[status] += n
			total += n
		}
		steps += r.verdict.steps
		for _, q := range r.house.peer.heard {
			requests++
			if asked[q.class]++; q.took {
				took[q.class][q.name] = true
			}
		}
		for _, decision := range r.person.unknowns {
			unknown[decision]++
		}
		faults += len(r.verdict.faults)
		for _, f := range r.verdict.faults {
			fmt.Fprintf(w, "FAULT home %d: %s\n", r.house.number, f)
		}
		if len(r.verdict.faults) > 0 {
			fmt.Fprintf(w, "its data and log are kept in %s\n", r.house.folder)
		}
	}
	row := func(what string, figure any) { fmt.Fprintf(w, "| %s | %v |\n", what, figure) }
	fmt.Fprintf(w, "\n| %d homes | |\n|---|---|\n", len(rounds))
	row("kills", all)
	for where, n := range kills {
		row("– "+point(where).String(), n)
	}
	row("runs, all ended", total)
	row("– completed, failed as they must, cancelled", fmt.Sprintf("%d, %d, %d", runs[execution.Completed], runs[execution.Failed], runs[execution.Cancelled]))
	row("steps", steps)
	row("requests at the peer", requests)
	row("– safe", asked[effect.Safe])
	for _, c := range []effect.Class{effect.Idempotent, effect.Keyed, effect.Unsafe} {
		row(fmt.Sprintf("– %s: requests, effects", c), fmt.Sprintf("%d, %d", asked[c], len(took[c])))
	}
	row("unsafe requests shown as unknown", unknown[execution.Done]+unknown[execution.Retry])
	row("– the effect was there (done), was not (retry)", fmt.Sprintf("%d, %d", unknown[execution.Done], unknown[execution.Retry]))
	slices.Sort(starts)
	row("start until ready: p50, p95, slowest", fmt.Sprintf("%s, %s, %s", at(starts, 50), at(starts, 95), at(starts, 100)))
	row("faults", faults)
	return faults
}

// at is a percentile of what is sorted.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100].Round(time.Millisecond)
}
