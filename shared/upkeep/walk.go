package upkeep

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/tenant"
)

// Workspaces enumerates all workspaces by their ids: at most limit behind the one
// named after, and where to go on, "" at the end.
type Workspaces interface {
	Workspaces(ctx context.Context, after string, limit int) (ids []string, next string, err error)
}

// pageLen is how many workspaces a page has. A Map in a state machine goes
// through one; forty iterations at once are the most that are allowed.
const pageLen = 40

// ListCall asks for a page of workspaces: op "list".
type ListCall struct {
	Op     string `json:"op"`
	Cursor string `json:"cursor"` // "" from the start
}

// WorkspacePage answers it.
type WorkspacePage struct {
	Workspaces []string `json:"workspaces"`
	Cursor     string   `json:"cursor"` // "" at the end
}

func list(w Workspaces) func(ctx context.Context, in ListCall) (WorkspacePage, error) {
	return func(ctx context.Context, in ListCall) (WorkspacePage, error) {
		ids, next, err := w.Workspaces(ctx, in.Cursor, pageLen)
		if ids == nil {
			ids = []string{}
		}
		return WorkspacePage{ids, next}, err
	}
}

// each does something in every workspace, one after the other. What fails in one
// keeps no other from it; the failures come together at the end.
func each(ctx context.Context, w Workspaces, do func(ctx context.Context, workspace string) error) error {
	var failures []error
	for cursor := ""; ; {
		ids, next, err := w.Workspaces(ctx, cursor, pageLen)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		for _, workspace := range ids {
			if err := do(ctx, workspace); err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", workspace, err))
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if cursor = next; cursor == "" {
			return errors.Join(failures...)
		}
	}
}

// withSystem lists the system records as a workspace before all others: they have
// keys and a trail too.
type withSystem struct{ others Workspaces }

func (w withSystem) Workspaces(ctx context.Context, after string, limit int) ([]string, string, error) {
	if after == "" {
		return []string{tenant.System}, tenant.System, nil
	}
	if after == tenant.System {
		after = ""
	}
	return w.others.Workspaces(ctx, after, limit)
}
