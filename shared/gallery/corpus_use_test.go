package gallery_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/gallery"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/workflow"
)

// idle are steps that the plain run does not get to: what they are for did not
// happen.
var idle = map[string][]string{
	"offboard-person": {"again", "invite", "rejoin"},
}

// inputs lead the plain run into every branch; what they leave out is made up.
var inputs = map[string]string{
	"failed-payment":  `{"threshold":1}`,
	"design-comments": `{"resolved":true}`,
}

// TestTemplates uses each template with its vendors' own documents, and rehearses
// it on twins: no check fails, the run completes, and each call is made.
func TestTemplates(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	for _, x := range templates(t) {
		t.Run(x.ID, func(t *testing.T) {
			var vendors []string
			chosen := map[string]string{}
			for _, a := range x.APIs {
				vendors = append(vendors, a.Slot)
				chosen[a.Slot] = connectionOf(a.Slot)
			}
			h := newHouse(t, connect(t, s, vendors...))
			g := gallery.New(h.apis, h.apis, h.flows)
			w, err := g.Use(h.ctx, x.ID, chosen)
			if err != nil {
				t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
			}
			if w.Status != workflow.StatusDraft {
				t.Errorf("status %s", w.Status)
			}
			r, err := h.stage.Rehearse(h.ctx, w.ID, rehearse.Request{Input: json.RawMessage(inputs[x.ID]), Faults: []rehearse.Fault{}})
			if err != nil {
				t.Fatalf("%v: %+v", err, apierr.From(err).Problems)
			}
			if r.Run.Status != rehearse.Completed {
				t.Errorf("%+v", r.Run)
			}
			for _, p := range r.Problems {
				if !slices.Contains(idle[x.ID], p.Step) {
					t.Errorf("%+v", p)
				}
			}
			for _, step := range r.Steps {
				if (step.Calls > 0) == slices.Contains(idle[x.ID], step.ID) {
					t.Errorf("step %s made %d calls", step.ID, step.Calls)
				}
			}
			for _, a := range x.APIs {
				if c, err := h.apis.Connection(h.ctx, connectionOf(a.Slot)); err != nil || !a.Fits(c) {
					t.Errorf("slot %s does not know its own document, %q", a.Slot, c.Title)
				}
			}
		})
	}
}
