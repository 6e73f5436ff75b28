package connection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/apiq/apiq/shared/access"
	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/spec"
	"github.com/apiq/apiq/shared/spec/library"
	"github.com/apiq/apiq/shared/table"
)

// Refreshed is what a refresh found.
type Refreshed struct {
	Changed bool `json:"changed"`
	// Stale: the source is down; the stored document stays.
	Stale bool `json:"stale"`
	// Breaking are the changes that calls made before can fail on, and that readers of
	// their answers can; BreakingCount counts those beyond the 2,000 that are named.
	Breaking      []Change `json:"breaking"`
	BreakingCount int      `json:"breakingCount"`
	// Harmless are the first of the other changes.
	Harmless      []Change `json:"harmless"`
	HarmlessCount int      `json:"harmlessCount"`
	// Added is how many operations are new.
	Added int `json:"added"`
	// AffectedWorkflows are the active workflows that call a changed operation.
	AffectedWorkflows []WorkflowRef `json:"affectedWorkflows"`
	// BrokenWorkflows are the active workflows whose steps do not fit the new document,
	// as the checker finds it, each with a patch where one is certain.
	BrokenWorkflows []BrokenWorkflow `json:"brokenWorkflows"`
	Connection      Connection       `json:"connection"`
}

// Refresh asks the source for the document again, conditionally, and takes it
// over where it changed; the base URL and the credential stay. A connection whose
// import failed is imported anew, in the background where there is one and the
// document is large: the connection is IMPORTING then. Errors: NOT_FOUND, CONFLICT while importing,
// VALIDATION_FAILED for an upload, those of library.Fetch.
func (s *Service) Refresh(ctx context.Context, conID string) (Refreshed, error) {
	for range attempts {
		c, err := s.open(ctx, conID, access.Edit)
		if err != nil {
			return Refreshed{}, err
		}
		out, err := s.refresh(ctx, c)
		if !errors.Is(err, table.ErrCondition) {
			return out, err
		}
	}
	return Refreshed{}, apierr.New(apierr.Conflict, "The connection is being changed by others at this moment. Try again.")
}

func (s *Service) refresh(ctx context.Context, c stored) (Refreshed, error) {
	switch {
	case c.Status == StatusImporting:
		return Refreshed{}, apierr.New(apierr.Conflict, "The document of this connection is still being imported.")
	case c.SpecURL == "":
		const message = "The document of this connection was uploaded. Upload the new one by changing the connection."
		return Refreshed{}, apierr.New(apierr.ValidationFailed, message).With(apierr.Problem{Path: "/specUrl", Code: "uploaded", Message: message})
	}
	cred, specURL, err := s.unseal(ctx, c.ID)
	if err != nil {
		return Refreshed{}, err
	}
	if !c.SealedURL {
		specURL = c.SpecURL
	}
	again := s.o.Background != nil && c.Status == StatusFailed
	res, err := s.library.Fetch(ctx, library.Request{URL: specURL, Revalidate: true, LetGo: again})
	if again && errors.Is(err, library.ErrLarge) {
		return s.importAgain(ctx, c)
	}
	if err != nil {
		return Refreshed{}, err
	}
	out := nothing()
	out.Stale = res.Stale
	if c.Status == StatusActive && res.Hash == c.SpecHash && res.Stale == c.SpecStale {
		message := "Spec of " + c.Name + " has not changed"
		if res.Stale {
			message = "Source of " + c.Name + " is down; the stored spec stays"
		}
		if err := s.trail.Commit(ctx, nil, s.entry(ActionRefresh, &c, message)); err != nil {
			return Refreshed{}, err
		}
		out.Connection, err = s.Get(ctx, c.ID)
		return out, err
	}
	return s.takeOver(ctx, c, cred, specURL, res, out)
}

// nothing is what a refresh found that found nothing: its lists are empty in JSON.
func nothing() Refreshed {
	return Refreshed{Breaking: []Change{}, Harmless: []Change{}, AffectedWorkflows: []WorkflowRef{}, BrokenWorkflows: []BrokenWorkflow{}}
}

// takeOver stores what a refresh brought.
func (s *Service) takeOver(ctx context.Context, c stored, cred *opened, specURL string, res library.Result, out Refreshed) (Refreshed, error) {
	version, first := c.Version, c.Status != StatusActive
	out.Changed = first || res.Hash != c.SpecHash
	var replaced *spec.Document
	if out.Changed && !first {
		old, err := s.library.Open(ctx, c.SpecHash)
		if err != nil {
			return Refreshed{}, err
		}
		compare(ctx, old, res.Document, &out)
		if err := ctx.Err(); err != nil {
			return Refreshed{}, err
		}
		if out.AffectedWorkflows, err = s.affected(ctx, c.ID, old, out.Breaking); err != nil {
			return Refreshed{}, err
		}
		replaced = old
	}
	if err := s.fill(&c, res, specURL, first); err != nil {
		return Refreshed{}, err
	}
	if replaced != nil && s.o.Impact != nil {
		var err error
		if out.BrokenWorkflows, err = s.o.Impact.Broken(ctx, c.Connection, replaced, res.Document); err != nil {
			return Refreshed{}, err
		}
	}
	c.UpdatedAt = s.o.Now().UTC()
	e := s.entry(ActionRefresh, &c, fmt.Sprintf("Spec of %s changed: %d breaking changes, %d new operations, %d workflows broken", c.Name, out.BreakingCount, out.Added, len(out.BrokenWorkflows)))
	e.Details = out.details(e.Details)
	if len(out.BrokenWorkflows) > 0 {
		e.Level = audit.Warn
	}
	if !out.Changed {
		e.Message = "Source of " + c.Name + " answers again; its spec has not changed"
		if res.Stale {
			e.Message = "Source of " + c.Name + " is down; the stored spec stays"
		}
	}
	err := s.storeAndTell(ctx, &c, out, func(more ...table.Op) error {
		return s.store(ctx, &c, cred, specURL, table.IfVersion(version), e, more...)
	})
	if err != nil {
		return Refreshed{}, err
	}
	out.Connection, err = s.view(ctx, c)
	return out, err
}

// affected are the users of operations that changed. Workflows name an operation
// by its id or as "METHOD /path".
func (s *Service) affected(ctx context.Context, conID string, old *spec.Document, changes []Change) ([]WorkflowRef, error) {
	hit := []WorkflowRef{}
	if len(changes) == 0 {
		return hit, nil
	}
	users, err := s.usedBy(ctx, conID)
	if err != nil {
		return nil, err
	}
	broken := map[string]bool{}
	for _, ch := range changes {
		broken[ch.Operation] = true // "" stands for all
	}
	for _, u := range users {
		u.Operations = slices.DeleteFunc(slices.Clone(u.Operations), func(op string) bool {
			if known, err := old.Operation(op); err == nil {
				op = known.ID
			}
			return !broken[op] && !broken[""]
		})
		if len(u.Operations) > 0 {
			hit = append(hit, u)
		}
	}
	return hit, nil
}

// maxAudited is how many broken steps one record names.
const maxAudited = 50

// details adds what the document breaks to those of a record.
func (r Refreshed) details(of any) any {
	base, ok := of.(map[string]any)
	if !ok || !r.Changed {
		return of
	}
	out := maps.Clone(base)
	out["breaking"], out["harmless"], out["added"] = r.BreakingCount, r.HarmlessCount, r.Added
	if steps := r.BrokenSteps(); len(steps) > 0 {
		out["brokenSteps"] = steps[:min(len(steps), maxAudited)]
	}
	return out
}

// BrokenSteps names what broke, a line each: workflow, step and place.
func (r Refreshed) BrokenSteps() []string {
	var out []string
	for _, w := range r.BrokenWorkflows {
		for _, s := range w.Steps {
			out = append(out, w.ID+" "+s.Step+" "+s.Field)
		}
	}
	return out
}
