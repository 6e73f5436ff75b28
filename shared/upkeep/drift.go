package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"

	"github.com/apiq/apiq/shared/apierr"
	"github.com/apiq/apiq/shared/audit"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/table"
)

// ActionDrift is the action of the record that a look at a workspace's sources leaves.
const ActionDrift = "spec.drift"

// Sources are the connections whose documents can drift, of the workspace in the
// context.
type Sources interface {
	// Sources lists them like Workspaces does; a page may be short, even empty.
	Sources(ctx context.Context, after string, limit int) (ids []string, next string, err error)
	// Drifted asks the source of one for its document, and takes it over where it
	// changed; broken names the steps of active workflows that do not fit it. A
	// connection that is gone is NOT_FOUND, one that is being imported CONFLICT.
	Drifted(ctx context.Context, connection string) (changed, stale bool, breaking int, broken []string, err error)
}

// Bounds of one page of drift: the groups that a Map goes through, the connections
// that one call of the function refreshes (a source may take ten seconds, the
// function five minutes), and the workspaces that are looked into for them.
const (
	maxGroups = 10
	groupLen  = 10
	maxLooks  = 200
	// maxFailures is how many failures a report names, and how many broken steps.
	maxFailures = 50
)

// DriftPage answers op "list", a ListCall.
type DriftPage struct {
	Groups []DriftGroup `json:"groups"` // maybe none, though there are more pages
	Cursor string       `json:"cursor"` // "" at the end
}

// DriftGroup are some connections of one workspace.
type DriftGroup struct {
	Workspace   string   `json:"workspace"`
	Connections []string `json:"connections"`
}

// DriftCall refreshes a group: op "refresh".
type DriftCall struct {
	Op string `json:"op"`
	DriftGroup
}

// DriftFound is what refreshing found.
type DriftFound struct {
	Checked  int `json:"checked"`
	Changed  int `json:"changed"`
	Breaking int `json:"breaking"` // changes that calls made before can fail on
	Stale    int `json:"stale"`    // sources that are down; the stored documents serve
	// Broken names the first broken steps: workflow, step, and place in it.
	Broken   []string       `json:"broken,omitempty"`
	Failures []DriftFailure `json:"failures"`
}

// DriftFailure is a connection whose document could not be had, with the code.
type DriftFailure struct {
	Workspace  string `json:"workspace"`
	Connection string `json:"connection"`
	Code       string `json:"code"`
}

// DriftReport sums a night up: op "report".
type DriftReport struct {
	Op string `json:"op"`
	DriftFound
	Failed int    `json:"failed"` // all; Failures are the first of them
	Cursor string `json:"cursor"` // where it had to stop, "" for the end
}

// Drift looks whether documents have changed at their sources.
type Drift struct {
	workspaces Workspaces
	sources    Sources
	trail      Trail
	log        *slog.Logger
}

// NewDrift makes a Drift.
func NewDrift(w Workspaces, s Sources, trail Trail, log *slog.Logger) *Drift {
	return &Drift{w, s, trail, log}
}

// Handle serves task-drift.
func (d *Drift) Handle(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
	return operations{"list": operation(d.list), "refresh": operation(d.refresh), "report": operation(d.report)}.serve(ctx, payload)
}

func (d *Drift) list(ctx context.Context, in ListCall) (DriftPage, error) {
	return d.List(ctx, in.Cursor)
}
func (d *Drift) refresh(ctx context.Context, in DriftCall) (DriftFound, error) {
	return d.Refresh(ctx, in.DriftGroup)
}
func (d *Drift) report(ctx context.Context, in DriftReport) (struct{}, error) {
	d.Report(ctx, in)
	return struct{}{}, nil
}

// place is where a list goes on: behind a workspace, or inside one behind a
// connection. Its text is "workspace" or "workspace/connection".
type place struct{ done, inside, after string }

func (p place) String() string {
	if p.inside != "" {
		return p.inside + "/" + p.after
	}
	return p.done
}

func parsePlace(cursor string) place {
	if inside, after, ok := strings.Cut(cursor, "/"); ok {
		return place{inside: inside, after: after}
	}
	return place{done: cursor}
}

// List gives a page of connections, by workspace.
func (d *Drift) List(ctx context.Context, cursor string) (DriftPage, error) {
	page, at := DriftPage{Groups: []DriftGroup{}}, parsePlace(cursor)
	for looks := 0; looks < maxLooks && len(page.Groups) < maxGroups; looks++ {
		if at.inside == "" {
			ids, next, err := d.workspaces.Workspaces(ctx, at.done, 1)
			if err != nil {
				return DriftPage{}, err
			}
			if len(ids) == 0 && next == "" {
				return page, nil
			}
			if at.done = next; len(ids) == 0 {
				continue
			}
			at.inside = ids[0]
		}
		ids, next, err := d.sources.Sources(within(ctx, at.inside), at.after, groupLen)
		if err != nil {
			return DriftPage{}, err
		}
		if len(ids) > 0 {
			page.Groups = append(page.Groups, DriftGroup{at.inside, ids})
		}
		if at.after = next; next == "" {
			at = place{done: at.inside}
		}
	}
	page.Cursor = at.String()
	return page, nil
}

// Refresh looks at the sources of a group, and leaves one record of it. What one
// source does keeps no other from it; where our own stores do not answer, the
// error asks for all of the group again, which asks the sources no more than
// whether anything is new.
func (d *Drift) Refresh(ctx context.Context, g DriftGroup) (DriftFound, error) {
	found := DriftFound{Failures: []DriftFailure{}}
	if len(g.Connections) > groupLen {
		return found, refused("%d connections, at most %d at once", len(g.Connections), groupLen)
	}
	ctx = within(ctx, g.Workspace)
	var ours error
	for _, id := range g.Connections {
		changed, stale, breaking, broken, err := d.sources.Drifted(ctx, id)
		code := apierr.CodeOf(err)
		switch {
		case ctx.Err() != nil:
			return found, ctx.Err()
		case code == apierr.NotFound, code == apierr.Conflict:
			continue // deleted meanwhile, or being read anew at this moment
		case unavailable(err):
			ours = err
			continue
		case err != nil:
			d.log.WarnContext(ctx, "document not refreshed", "workspace", g.Workspace, "connection", id, "cause", err)
			found.Failures = append(found.Failures, DriftFailure{g.Workspace, id, string(code)})
		}
		found.Checked++
		found.Breaking += breaking
		found.Broken = append(found.Broken, broken[:min(len(broken), maxFailures-len(found.Broken))]...)
		found.Changed += one(changed)
		found.Stale += one(stale)
	}
	if ours != nil {
		return found, ours
	}
	return found, d.trail.Commit(ctx, nil, found.entry())
}

func (f DriftFound) entry() audit.Entry {
	e := audit.Entry{Action: ActionDrift, Message: "Looked whether specs have changed", Details: f}
	if f.Breaking > 0 || len(f.Failures) > 0 {
		e.Level = audit.Warn
	}
	return e
}

// unavailable says whether an error is of a store or service of ours that may
// answer the next time.
func unavailable(err error) bool {
	return errors.Is(err, table.ErrThrottled) || errors.Is(err, table.ErrInDoubt) || errors.Is(err, secret.ErrUnavailable) || apierr.CodeOf(err) == apierr.Unavailable
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Report tells the log how the night went.
func (d *Drift) Report(ctx context.Context, r DriftReport) {
	level := slog.LevelInfo
	if r.Failed > 0 || r.Cursor != "" {
		level = slog.LevelWarn
	}
	d.log.Log(ctx, level, "nightly drift", "checked", r.Checked, "changed", r.Changed, "breaking", r.Breaking,
		"stale", r.Stale, "broken", r.Broken, "failed", r.Failed, "failures", r.Failures, "cursor", r.Cursor)
}

// add sums up as the state machine does.
func (r *DriftReport) add(f DriftFound) {
	r.Checked += f.Checked
	r.Changed += f.Changed
	r.Breaking += f.Breaking
	r.Broken = append(r.Broken, f.Broken[:min(len(f.Broken), maxFailures-len(r.Broken))]...)
	r.Stale += f.Stale
	r.Failed += len(f.Failures)
	r.Failures = append(r.Failures, f.Failures[:min(len(f.Failures), maxFailures-len(r.Failures))]...)
}

// Everywhere does a night's drift in one process.
func (d *Drift) Everywhere(ctx context.Context) error {
	r := DriftReport{DriftFound: DriftFound{Failures: []DriftFailure{}}}
	for cursor := ""; ; {
		page, err := d.List(ctx, cursor)
		if err != nil {
			return err
		}
		for _, g := range page.Groups {
			found, err := d.Refresh(ctx, g)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				d.log.WarnContext(ctx, "documents not refreshed", "workspace", g.Workspace, "cause", err)
				found = g.lost(string(apierr.CodeOf(err)))
			}
			r.add(found)
		}
		if cursor = page.Cursor; cursor == "" {
			d.Report(ctx, r)
			return nil
		}
	}
}

// lost is what is found of a group that could not be refreshed at all.
func (g DriftGroup) lost(code string) DriftFound {
	var f DriftFound
	for _, id := range g.Connections {
		f.Failures = append(f.Failures, DriftFailure{g.Workspace, id, code})
	}
	return f
}
