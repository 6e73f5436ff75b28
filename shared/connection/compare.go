package connection

import (
	"context"

	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/diff"
)

// Change is one difference between two documents, as package diff finds it.
type Change struct {
	// Operation is its id in the old document, in the new one for an operation that
	// is new, "" for what concerns all.
	Operation string `json:"operation"`
	Code      string `json:"code"`
	// Path names the parameter ("query.limit"), the body's field ("body.name") or the
	// answer's ("answer.200.id").
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

// maxHarmless is how many harmless changes are named.
const maxHarmless = 100

// compare puts into found what differs between two documents.
func compare(ctx context.Context, old, now *spec.Document, found *Refreshed) {
	r := diff.Compare(ctx, old, now)
	found.Breaking, found.Harmless = changes(r.Breaking), changes(r.Harmless[:min(len(r.Harmless), maxHarmless)])
	found.BreakingCount, found.HarmlessCount, found.Added = r.BreakingCount, r.HarmlessCount, r.Added
}

func changes(list []diff.Change) []Change {
	out := make([]Change, len(list))
	for i, c := range list {
		out[i] = Change{c.Operation, c.Code, c.Path, c.Message}
	}
	return out
}
