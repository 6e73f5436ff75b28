package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// report is what a row came to.
type report struct {
	row   row
	cells []cell
	peak  int // MB, of the process while the row was tried
}

func header(w io.Writer) {
	fmt.Fprintln(w, "| fault | class | runs: how they ended | requests · effects | longest call · bound | peak |\n|---|---|---|---|---|---|")
}

// print writes a line for classes that came to the same, or one for each.
func (r *report) print(w io.Writer) {
	name, peak := r.row.name, fmt.Sprintf("%d MB", r.peak)
	for _, c := range r.cells {
		fmt.Fprintf(w, "| %s | %s | %s | %d · %d | %.1f · %s s | %s |\n", name, c.class, c.told(), c.arrived, c.effects, c.longest.Seconds(), number(r.row.longest()), peak)
		name, peak = "", ""
	}
}

func number(d time.Duration) string { return fmt.Sprintf("%g", d.Seconds()) }

// told is how runs ended.
func (c cell) told() string {
	var parts []string
	for _, end := range slices.Sorted(maps.Keys(c.ends)) {
		parts = append(parts, fmt.Sprintf("%d %s", c.ends[end], end))
	}
	if c.spared > 0 {
		parts = append(parts, fmt.Sprintf("(%d not sent: breaker)", c.spared))
	}
	return strings.Join(parts, ", ")
}

// print writes the weather's line.
func (w *weather) print(out io.Writer) {
	fmt.Fprintf(out, "\nWeather (seed %d): %d runs of %d calls through faults that come and go, then %v. %d requests arrived. People decided %d unknown outcomes, %d times a run was continued; "+
		"each keyed, idempotent and unsafe step had its effect once.\n", w.seed, w.started, turns*len(classes()), w.ends, w.requests, w.decided, w.resumed)
}
