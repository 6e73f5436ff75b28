package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/egress"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/lint"
	"github.com/apiq/apiq/shared/spec/report"
)

type specCmd struct {
	Inspect   inspectCmd   `cmd:"" help:"Print one JSON line for each document: format, version, operations, warnings, errors, cost."`
	Cover     coverCmd     `cmd:"" help:"Import a list of APIs, call a safe operation of each against its twin, and print a table."`
	LintChild lintChildCmd `cmd:"" name:"lint-child" hidden:"" help:"Validate the document on standard input; started by this program."`
	Diff      diffCmd      `cmd:"" help:"Tell what changed between two documents, and what of it breaks calls."`
}

type inspectCmd struct {
	Documents []string `arg:"" name:"file-or-url" help:"Files (gzip or not), http(s) URLs, or - for standard input."`
	Lint      bool     `help:"Add what the OpenAPI validator finds, as warnings. Its cost is not in the figures."`
}

// Run prints a line for each document as it is done, and of a long list how far it
// is on the error stream; status 1 when any has errors only.
func (c inspectCmd) Run(ctx context.Context, s streams) error {
	config, err := boot.Load(nil)
	if err != nil {
		return err
	}
	failed := false
	enc := json.NewEncoder(s.out)
	for i, name := range c.Documents {
		if len(c.Documents) > 1 {
			fmt.Fprintf(s.err, "%d/%d %s\n", i+1, len(c.Documents), name)
		}
		line := spec.InspectLine{File: name, Warnings: []spec.Warning{}, Errors: []spec.Warning{}}
		raw, err := readPacked(ctx, config, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			line.Errors = append(line.Errors, spec.Warning{Code: "unreadable", Message: err.Error()})
		} else {
			line = spec.Inspect(ctx, name, raw, &spec.ParseOptions{MaxBytes: config.SpecMaxBytes})
		}
		failed = failed || (line.Operations == 0 && len(line.Errors) > 0)
		if c.Lint && len(line.Errors) == 0 {
			if raw, err = spec.Unpack(raw, config.SpecMaxBytes); err != nil {
				return err
			}
			if doc, err := spec.Parse(ctx, raw, &spec.ParseOptions{MaxBytes: config.SpecMaxBytes}); err == nil {
				line.Warnings = append(line.Warnings, validated(ctx, doc)...)
			}
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	if failed {
		return errFailed
	}
	return nil
}

// validated is what the validator finds, or why it finds nothing: in this process for
// a small document, in one of its own for a large one, whose memory is bounded.
func validated(ctx context.Context, doc *spec.Document) []spec.Warning {
	list, err := validate(ctx, doc)
	if none, ok := errors.AsType[*report.UnavailableError](err); ok {
		return []spec.Warning{{Code: "report_unavailable", Message: none.Reason}}
	}
	if err != nil {
		return []spec.Warning{{Code: "report_failed", Message: err.Error()}}
	}
	return list
}

func validate(ctx context.Context, doc *spec.Document) ([]spec.Warning, error) {
	if len(doc.JSON()) <= lint.InProcess {
		return lint.Report(ctx, doc, nil)
	}
	child, err := lintChild()
	if err != nil {
		return nil, err
	}
	return child.Validate(ctx, doc.JSON())
}

func readDocument(ctx context.Context, c boot.Config, name string) ([]byte, error) {
	raw, err := readPacked(ctx, c, name)
	if err != nil {
		return nil, err
	}
	if raw, err = spec.Unpack(raw, c.SpecMaxBytes); err != nil {
		return nil, err
	}
	return bounded(raw, c.SpecMaxBytes)
}

// readPacked reads a document as it is kept: a file, a URL through the guard, or
// "-", standard input.
func readPacked(ctx context.Context, c boot.Config, name string) ([]byte, error) {
	if name == "-" {
		return limited(os.Stdin, c.SpecMaxBytes)
	}
	u, err := url.Parse(name)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		return limited(f, c.SpecMaxBytes)
	}
	allow, err := c.Allow()
	if err != nil {
		return nil, err
	}
	client := egress.New(&egress.Options{Allow: allow}).Client(nil)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, c.FetchTimeout())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, name, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }() // the answer was read, or is given up
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", res.Status)
	}
	return limited(res.Body, c.SpecMaxBytes)
}

func limited(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	return bounded(raw, limit)
}

func bounded(raw []byte, limit int64) ([]byte, error) {
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("more than SPEC_MAX_BYTES (%d)", limit)
	}
	return raw, nil
}
