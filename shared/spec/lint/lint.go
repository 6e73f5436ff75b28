// Package lint reports what a strict reader finds wrong with an API document. It
// stands apart from package spec because its library is large: only what shows
// the report links it. It never decides whether a document may be imported, reads
// no file and makes no request.
package lint

import (
	"context"
	"errors"
	"fmt"
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

// Report lists what libopenapi finds in a document, in its own words, after what
// the import itself found. A document that cannot be given to the library, or
// that the library fails on, gets a finding that says so.
func Report(ctx context.Context, d *spec.Document, opts *Options) []spec.Warning {
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
	found := append([]spec.Warning(nil), d.Warnings()...)
	if reason := unfit(d, o.MaxBytes); reason != "" {
		return append(found, spec.Warning{Code: "report_skipped", Message: reason})
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	// The library takes no context: what does not end in time is left to end alone,
	// and the size limit bounds what it can hold on to.
	done := make(chan []spec.Warning, 1)
	go func() { done <- run(d) }()
	select {
	case list := <-done:
		return append(found, list...)
	case <-ctx.Done():
		return append(found, spec.Warning{Code: "report_timeout", Message: "The validation report took too long and was given up."})
	}
}

// unfit says why a document must not be given to the library. References that
// lead back to themselves have killed it by stack overflow, which no recover
// catches, so our own check comes first.
func unfit(d *spec.Document, maxBytes int) string {
	if len(d.JSON()) > maxBytes {
		return fmt.Sprintf("The document is larger than %d KiB, so no validation report is made.", maxBytes>>10)
	}
	for _, w := range d.Warnings() {
		if w.Code == "ref_cycle" {
			return "The document has references that lead back to themselves, so no validation report is made."
		}
	}
	return ""
}

func run(d *spec.Document) (found []spec.Warning) {
	defer libopenapi.ClearAllCaches()
	defer func() {
		if p := recover(); p != nil {
			found = append(found, spec.Warning{Code: "report_failed", Message: "The validation library failed on this document."})
		}
	}()
	config := datamodel.NewDocumentConfiguration()
	config.Logger = slog.New(slog.DiscardHandler)
	text, ok := prepare(d.JSON())
	if !ok {
		return []spec.Warning{{Code: "report_skipped", Message: "The document is nested too deep for a validation report."}}
	}
	doc, err := libopenapi.NewDocumentWithConfiguration(text, config)
	if err != nil {
		return findings(err)
	}
	defer doc.Release()
	if strings.HasPrefix(d.Info().SpecVersion, "2") {
		_, err = doc.BuildV2Model()
	} else {
		_, err = doc.BuildV3Model()
	}
	return findings(err)
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
