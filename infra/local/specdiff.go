package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/diff"
)

// errUsage ends a command with status 2: what it was given cannot be worked on.
var errUsage = errors.New("usage")

type diffCmd struct {
	Old  string `arg:"" help:"File (gzip or not) or http(s) URL of the older document."`
	New  string `arg:"" help:"File or URL of the newer one."`
	JSON bool   `name:"json" help:"Print one JSON object instead of a table."`
}

// Help implements kong.HelpProvider.
func (diffCmd) Help() string {
	return "Exits 0 where nothing breaks, 1 where something does, 2 where a document cannot be read."
}

// diffLine is what --json prints.
type diffLine struct {
	Breaking      int           `json:"breaking"`
	Harmless      int           `json:"harmless"`
	ChangedCount  int           `json:"changedOperations"`
	RemovedCount  int           `json:"removedOperations"`
	AddedCount    int           `json:"addedOperations"`
	Changes       []diff.Change `json:"changes"`
	ChangesCutOff bool          `json:"changesCutOff"`
}

// Run compares two documents.
func (c diffCmd) Run(ctx context.Context, s streams) error {
	config, err := boot.Load(nil)
	if err != nil {
		return err
	}
	var docs [2]*spec.Document
	for i, name := range []string{c.Old, c.New} {
		raw, err := readDocument(ctx, config, name)
		if err == nil {
			docs[i], err = spec.Parse(ctx, raw, &spec.ParseOptions{MaxBytes: config.SpecMaxBytes})
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", errUsage, name, err)
		}
	}
	r := diff.Compare(ctx, docs[0], docs[1])
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.JSON {
		err = writeDiffJSON(s.out, r)
	} else {
		err = writeDiff(s.out, r)
	}
	if err == nil && r.BreakingCount > 0 {
		err = errFailed
	}
	return err
}

func all(r diff.Result) []diff.Change {
	return append(append([]diff.Change{}, r.Breaking...), r.Harmless...)
}

func writeDiffJSON(w io.Writer, r diff.Result) error {
	list := all(r)
	return json.NewEncoder(w).Encode(diffLine{r.BreakingCount, r.HarmlessCount, r.Changed, r.Removed, r.Added, list,
		len(list) < r.BreakingCount+r.HarmlessCount})
}

func writeDiff(w io.Writer, r diff.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range all(r) {
		kind := "harmless"
		if c.Breaking {
			kind = "breaking"
		}
		op := c.Operation
		if op == "" {
			op = "(all)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", kind, op, c.Path, c.Message)
	}
	fmt.Fprintf(t, "%d breaking, %d harmless; %d operations changed, %d removed, %d added\n", r.BreakingCount, r.HarmlessCount, r.Changed, r.Removed, r.Added)
	return t.Flush()
}
