package library

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
)

// Actions of the trail.
const (
	ActionFetch      = "spec.fetch"
	ActionHit        = "spec.cache.hit"
	ActionRevalidate = "spec.cache.revalidate"
	ActionPurge      = "spec.cache.purge"
)

// fetchDetails are what the trail keeps of a fetch.
type fetchDetails struct {
	URL       string      `json:"url"` // masked
	SpecHash  string      `json:"specHash,omitempty"`
	Bytes     int64       `json:"bytes,omitempty"`
	LatencyMS int64       `json:"latencyMs"`
	Imported  *Figures    `json:"imported,omitempty"`
	Code      apierr.Code `json:"code,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	// Stale: the stored document served instead.
	Stale    bool             `json:"stale,omitempty"`
	Problems []apierr.Problem `json:"problems,omitempty"`
}

// noteFound tells of a document that was found.
func (l *Library) noteFound(ctx context.Context, url, how string, r *record) {
	d := fetchDetails{URL: Mask(url), SpecHash: r.Hash, Bytes: r.Bytes, LatencyMS: r.LatencyMS}
	e := audit.Entry{Action: ActionFetch, Resource: r.Hash, Level: audit.Info, Message: "Spec fetched"}
	switch how {
	case Fetched:
		d.Imported = r.Imported
	case Hit:
		e.Action, e.Message, d.LatencyMS = ActionHit, "Spec taken from the cache", 0
	case Revalidated:
		e.Action, e.Message = ActionRevalidate, "Spec has not changed at its source"
	}
	e.Details = d
	l.note(ctx, e)
}

// maxNotedProblems keeps a record small.
const maxNotedProblems = 10

// noteFailure tells of a fetch that gave no document. The cause goes to the log only.
func (l *Library) noteFailure(ctx context.Context, url string, f *failure, latency int64, stale bool) {
	problems := f.public.Problems
	l.note(ctx, audit.Entry{
		Action: ActionFetch, Outcome: audit.Failed, Level: f.level, Code: string(f.public.Code),
		Message: "Spec not fetched from " + Mask(url) + ": " + f.reason,
		Details: fetchDetails{
			URL: Mask(url), Code: f.public.Code, Reason: f.reason, LatencyMS: latency, Stale: stale,
			Problems: problems[:min(len(problems), maxNotedProblems)],
		},
	})
	l.o.Log.WarnContext(ctx, "spec not fetched", "url", Mask(url), "code", f.public.Code, "latencyMs", latency,
		"stale", stale, "cause", f.public.Unwrap())
}

// note writes a fact of the library's own. A trail that cannot be written must
// not cost the caller a document: the log says it.
func (l *Library) note(ctx context.Context, e audit.Entry) {
	if err := l.trail.Note(ctx, e); err != nil {
		l.o.Log.ErrorContext(ctx, "audit note lost", "action", e.Action, "cause", err)
	}
}
