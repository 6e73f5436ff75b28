package wiring

import (
	"context"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/connection"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/workflow"
	"github.com/apiq/apiq/shared/workflow/patch"
)

// Impact tells connections which steps a changed document breaks.
type Impact struct {
	Workflows *workflow.Service
	// Connections gives the connections, which are made with the Impact and so after it.
	Connections func() *connection.Service
}

// Broken implements connection.Impact.
func (i *Impact) Broken(ctx context.Context, c connection.Connection, old, now *spec.Document) ([]connection.BrokenWorkflow, error) {
	refs, err := i.Workflows.ActiveUses(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := []connection.BrokenWorkflow{}
	for _, ref := range refs {
		if ref.ID == "" {
			continue // hidden from who asks: its own people are told when it is checked
		}
		w, err := i.Workflows.Get(ctx, ref.ID)
		if apierr.CodeOf(err) == apierr.NotFound {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		doc, err := workflow.Stored(w.Definition)
		if err != nil {
			return nil, err
		}
		found, err := patch.Find(ctx, doc, c, old, now, Resolver{Connections: i.Connections()})
		if err != nil {
			return nil, err
		}
		if len(found.Steps) == 0 {
			continue
		}
		b := connection.BrokenWorkflow{ID: w.ID, Name: w.Name, Version: w.Version, Steps: found.Steps, Why: found.Why, Mended: found.Mended, Open: ref.Open}
		for _, op := range found.Patch {
			b.Patch = append(b.Patch, connection.PatchOp(op))
		}
		out = append(out, b)
	}
	return out, nil
}
