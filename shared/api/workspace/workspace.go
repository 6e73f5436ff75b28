// Package workspace holds the handlers of a person's workspaces, and of joining one.
package workspace

import (
	"context"
	"net/http"
	"time"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/web"
)

// Membership is one of the caller's workspaces.
type Membership struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	OwnerID string     `json:"ownerId,omitempty"`
	Role    route.Role `json:"role"`
	// Active is false where the membership was switched off: it cannot be entered.
	Active bool `json:"active"`
	// DeleteAt is when it will be deleted, where its owner asked for that: it changes no more.
	DeleteAt *time.Time `json:"deleteAt,omitempty"`
	// Current is the one that the session is in.
	Current   bool      `json:"current"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Version   int64     `json:"version"`
}

// View is a membership as the principal sees it.
func View(m identity.Membership, p identity.Principal) Membership {
	w := m.Workspace
	return Membership{ID: w.ID, Name: w.Name, OwnerID: w.OwnerID, Role: m.Role, Active: m.Active, DeleteAt: w.DeleteAt, Current: w.ID == p.WorkspaceID,
		CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, Version: w.Version}
}

// NameIn is the input of a new workspace.
type NameIn struct {
	Body struct {
		Name string `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
	}
}

// UpdateIn changes a workspace.
type UpdateIn struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name" jsonschema:"required,minLength=1,maxLength=100"`
	}
}

// OneIn names a workspace.
type OneIn struct {
	ID string `path:"id"`
}

// TransferIn names who is to own it.
type TransferIn struct {
	ID   string `path:"id"`
	Body struct {
		UserID string `json:"userId" jsonschema:"required,maxLength=64"`
	}
}

// AcceptIn is the input of who joins.
type AcceptIn struct {
	Body struct {
		Token string `json:"token" jsonschema:"required,maxLength=100"`
	}
}

// CloseIn confirms by the workspace's name that it is to be deleted.
type CloseIn struct {
	ID      string `path:"id"`
	Confirm string `query:"confirm"`
}

// Endpoints binds the routes of this area.
func Endpoints(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("workspaces-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := ids.Workspaces(ctx, p)
			if err != nil {
				return nil, err
			}
			views := make([]Membership, len(all))
			for i, m := range all {
				views[i] = View(m, p)
			}
			return web.List(views, "")
		}),
		web.Bind("workspaces-create", http.StatusCreated, func(ctx context.Context, in *NameIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			m, err := ids.CreateWorkspace(ctx, p, in.Body.Name)
			if err != nil {
				return nil, err
			}
			return web.Created(View(m, p), m.Workspace.Version)
		}),
		web.Bind("invites-accept", http.StatusOK, func(ctx context.Context, in *AcceptIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			m, err := ids.AcceptInvite(ctx, p, in.Body.Token)
			if err != nil {
				return nil, err
			}
			return web.OK(View(m, p))
		}),
		web.Bind("workspaces-update", http.StatusOK, func(ctx context.Context, in *UpdateIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return own(p)(ids.RenameWorkspace(ctx, p, in.ID, in.Body.Name))
		}),
		web.Bind("workspaces-switch", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			m, err := ids.Switch(ctx, p, in.ID)
			if err != nil {
				return nil, err
			}
			p.WorkspaceID = m.Workspace.ID
			return web.OK(View(m, p))
		}),
		web.Bind("workspaces-close", http.StatusOK, func(ctx context.Context, in *CloseIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return own(p)(ids.CloseWorkspace(ctx, p, in.ID, in.Confirm))
		}),
		web.Bind("workspaces-restore", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return own(p)(ids.RestoreWorkspace(ctx, p, in.ID))
		}),
		web.Bind("workspaces-deletions", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]identity.Deletion], error) {
			p, _ := identity.PrincipalFrom(ctx)
			all, err := ids.Deletions(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.List(all, "")
		}),
		web.Bind("workspaces-transfer", http.StatusOK, func(ctx context.Context, in *TransferIn) (*web.Reply[Membership], error) {
			p, _ := identity.PrincipalFrom(ctx)
			return own(p)(ids.TransferWorkspace(ctx, p, in.ID, in.Body.UserID))
		}),
	}
}

// own answers with the workspace that the caller is in, changed.
func own(p identity.Principal) func(identity.Workspace, error) (*web.Reply[Membership], error) {
	return func(w identity.Workspace, err error) (*web.Reply[Membership], error) {
		if err != nil {
			return nil, err
		}
		view := View(identity.Membership{Workspace: w, Role: p.Role, Active: true}, p)
		return &web.Reply[Membership]{Data: view, Version: w.Version}, nil
	}
}
