// Package lint reports what a strict reader finds wrong with an API document. It
// stands apart from package spec because its library is large: only what shows
// the report links it. It never decides whether a document may be imported, reads
// no file and makes no request.
package lint

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/report"
)

// Options bound a report made in this process; see Child for one that is not.
type Options struct {
	// MaxBytes is the largest document, as JSON, that is read: the library takes about
	// twenty times as much memory. Defaults to 4 MiB.
	MaxBytes int
	// Timeout is how long the report may take. Defaults to 10 s.
	Timeout time.Duration
}

// InProcess is the largest document, as JSON, in bytes, that is validated without
// a process of its own.
const InProcess = 4 << 20

// maxFindings bounds a report.
const maxFindings = 200

// Report lists what libopenapi finds in a document, in its own words. The error is
// ctx's, or a report.UnavailableError for a document that cannot be given to the
// library, that the library fails on, or that takes it too long.
func Report(ctx context.Context, d *spec.Document, opts *Options) ([]spec.Warning, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = InProcess
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if err := unfit(d, o.MaxBytes); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	// The library takes no context: what does not end in time is left to end alone,
	// and the size limit bounds what it can hold on to.
	type outcome struct {
		found []spec.Warning
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		found, err := run(d)
		done <- outcome{found, err}
	}()
	select {
	case out := <-done:
		return out.found, out.err
	case <-limited.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, report.Unavailablef("The validation report took longer than %s and was given up.", o.Timeout)
	}
}

// unfit says why a document must not be given to the library. References that
// lead back to themselves have killed it by stack overflow, which no recover
// catches, so our own check comes first.
func unfit(d *spec.Document, maxBytes int) error {
	if len(d.JSON()) > maxBytes {
		return report.Unavailablef("The document is larger than %d KiB, so no validation report is made.", maxBytes>>10)
	}
	for _, w := range d.Warnings() {
		if w.Code == "ref_cycle" {
			return report.Unavailablef("The document has references that lead back to themselves, so no validation report is made.")
		}
	}
	return nil
}

// libraryFailed is told where the library panics or ends its process.
const libraryFailed = "The validation library failed on this document."

func run(d *spec.Document) (found []spec.Warning, err error) {
	defer libopenapi.ClearAllCaches()
	defer func() {
		if p := recover(); p != nil {
			found, err = nil, report.Unavailablef(libraryFailed)
		}
	}()
	config := datamodel.NewDocumentConfiguration()
	config.Logger = slog.New(slog.DiscardHandler)
	text, ok := prepare(d.JSON())
	if !ok {
		return nil, report.Unavailablef("The document is nested too deep for a validation report.")
	}
	doc, faults := libopenapi.NewDocumentWithConfiguration(text, config)
	if faults != nil {
		return findings(faults), nil
	}
	defer doc.Release()
	if strings.HasPrefix(d.Info().SpecVersion, "2") {
		_, faults = doc.BuildV2Model()
	} else {
		_, faults = doc.BuildV3Model()
	}
	return findings(faults), nil
}

// findings takes a joined error apart.
func findings(err error) []spec.Warning {
	var list []spec.Warning
	seen := map[string]bool{}
	var visit func(err error, depth int)
	visit = func(err error, depth int) {
		var joined interface{ Unwrap() []error }
		if depth < 10 && errors.As(err, &joined) {
			for _, one := range joined.Unwrap() {
				visit(one, depth+1)
			}
			return
		}
		text := strings.ToValidUTF8(err.Error(), "\uFFFD")
		if len(text) > 500 {
			text = strings.ToValidUTF8(text[:500], "") + "…"
		}
		if !seen[text] && len(list) < maxFindings {
			seen[text] = true
			list = append(list, spec.Warning{Code: report.CodeValidator, Message: text})
		}
	}
	if err != nil {
		visit(err, 0)
	}
	return list
}
