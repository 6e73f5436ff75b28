package library

import (
	"context"
	"errors"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/spec"
)

// read parses a document that came from a URL, "" for an upload. Where it refers
// to others these are fetched through the guard, and the document is one with them
// inside: text is that then, and gives the hash, so that what is stored never
// depends on what others serve later. A part that does not come is a warning. What it
// all costs is added to cost.
func (l *Library) read(ctx context.Context, cost *Figures, raw []byte, url string) (doc *spec.Document, text []byte, err error) {
	doc, err = l.parse(ctx, cost, raw)
	if err != nil || !doc.External() {
		return doc, raw, err
	}
	// One time for all of them: a document cannot hold an import up part by part.
	limited, cancel := context.WithTimeout(ctx, l.o.FetchTimeout)
	defer cancel()
	bundled, err := doc.Bundle(ctx, url, func(ctx context.Context, url string, limit int64) ([]byte, error) {
		return l.fetchPart(limited, cost, url, limit)
	}, &l.o.External)
	if err != nil {
		return nil, nil, err
	}
	if bundled == nil {
		return doc, raw, nil
	}
	doc, err = l.parse(ctx, cost, bundled)
	return doc, bundled, err
}

// fetchPart gets a document that another refers to.
func (l *Library) fetchPart(ctx context.Context, cost *Figures, url string, limit int64) ([]byte, error) {
	where, err := Canonical(url)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil { // the time of all parts is over
		return nil, apierr.Wrap(apierr.SpecTimeout, "The documents that are referred to did not come in time.", err)
	}
	start := l.o.Now()
	ans, err := l.get(ctx, where, nil, min(limit, l.o.MaxBytes), func(int64, int64) {})
	latency := milliseconds(l.o.Now().Sub(start))
	cost.FetchMS, cost.Bytes = cost.FetchMS+latency, cost.Bytes+int64(len(ans.body))
	if err != nil {
		var fail *failure
		if !errors.As(err, &fail) {
			fail = classify(ctx, err, l.o.FetchTimeout)
		}
		l.noteFailure(context.WithoutCancel(ctx), where, fail, latency, false)
		return nil, fail.public
	}
	l.note(ctx, audit.Entry{
		Action: ActionFetch, Level: audit.Info, Message: "Part of a spec fetched",
		Details: fetchDetails{URL: Mask(where), Bytes: int64(len(ans.body)), LatencyMS: latency},
	})
	return ans.body, nil
}
