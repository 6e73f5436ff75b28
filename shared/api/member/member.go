// Package member holds the handlers of a workspace's members.
package member

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/web"
)

// Listed is a member as admins see them in the list.
type Listed struct {
	identity.Member
	// SecondFactor: they have an authenticator app or a passkey here. Of one at a provider nothing is known.
	SecondFactor bool `json:"secondFactor"`
}

// ListIn pages the members.
type ListIn struct {
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"`
}

// InviteIn is the input of an invitation.
type InviteIn struct {
	Body struct {
		Email string     `json:"email" jsonschema:"required,maxLength=254"`
		Role  route.Role `json:"role" jsonschema:"required,enum=USER,enum=ADMIN,enum=AUDITOR"`
	}
}

// UpdateIn changes a member.
type UpdateIn struct {
	ID   string `path:"id"`
	Body struct {
		Role   *route.Role `json:"role,omitempty" jsonschema:"enum=USER,enum=ADMIN,enum=AUDITOR"`
		Active *bool       `json:"active,omitempty"`
		// PassTo gets what a member owns who is switched off. Left out: the workspace's owner.
		PassTo string `json:"passTo,omitempty"`
	}
}

// RemoveIn names a member who leaves.
type RemoveIn struct {
	ID     string `path:"id"`
	PassTo string `query:"passTo" doc:"The id of the member who gets what this one owns. Left out: the workspace's owner."`
}

// OneIn names a member or an invitation.
type OneIn struct {
	ID string `path:"id"`
}

// Colleague is a member as every other sees them.
type Colleague struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Email string     `json:"email"`
	Role  route.Role `json:"role" jsonschema:"enum=USER,enum=ADMIN,enum=AUDITOR"`
}

// Endpoints binds the routes of this area.
func Endpoints(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("users-list", http.StatusOK, func(ctx context.Context, in *ListIn) (*web.Reply[[]Listed], error) {
			page, err := web.Page(in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			members, next, err := ids.Members(ctx, page.Limit, page.Cursor)
			if err != nil {
				return nil, err
			}
			enrolled, err := ids.Enrolled(ctx, members)
			if err != nil {
				return nil, err
			}
			listed := make([]Listed, len(members))
			for i, m := range members {
				listed[i] = Listed{m, enrolled[i]}
			}
			return web.List(listed, next)
		}),
		web.Bind("members-list", http.StatusOK, func(ctx context.Context, in *ListIn) (*web.Reply[[]Colleague], error) {
			page, err := web.Page(in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			members, next, err := web.Narrow(page, func(limit int, cursor string) ([]identity.Member, string, error) {
				return ids.Members(ctx, limit, cursor)
			}, func(m identity.Member) bool { return m.Active })
			if err != nil {
				return nil, err
			}
			all := make([]Colleague, len(members))
			for i, m := range members {
				all[i] = Colleague{ID: m.ID, Name: m.Name, Email: m.Email, Role: m.Role}
			}
			return web.List(all, next)
		}),
		web.Bind("users-invite", http.StatusCreated, func(ctx context.Context, in *InviteIn) (*web.Reply[identity.Invite], error) {
			invite, err := ids.Invite(ctx, in.Body.Email, in.Body.Role)
			if err != nil {
				return nil, err
			}
			return web.Created(invite, 0)
		}),
		web.Bind("users-update", http.StatusOK, func(ctx context.Context, in *UpdateIn) (*web.Reply[identity.Member], error) {
			m, err := ids.UpdateMember(ctx, in.ID, identity.Change{Role: in.Body.Role, Active: in.Body.Active, PassTo: in.Body.PassTo})
			if err != nil {
				return nil, err
			}
			return &web.Reply[identity.Member]{Data: m, Version: m.Version}, nil
		}),
		web.Bind("users-remove", http.StatusOK, func(ctx context.Context, in *RemoveIn) (*web.Reply[web.None], error) {
			if err := ids.RemoveMember(ctx, in.ID, in.PassTo); err != nil {
				return nil, err
			}
			return web.OK(web.None{})
		}),
		web.Bind("invites-list", http.StatusOK, func(ctx context.Context, in *ListIn) (*web.Reply[[]identity.Invite], error) {
			page, err := web.Page(in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			invites, next, err := ids.Invites(ctx, page.Limit, page.Cursor)
			if err != nil {
				return nil, err
			}
			return web.List(invites, next)
		}),
		web.Bind("invites-revoke", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[web.None], error) {
			if err := ids.RevokeInvite(ctx, in.ID); err != nil {
				return nil, err
			}
			return web.OK(web.None{})
		}),
		web.Bind("invites-resend", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[identity.Invite], error) {
			invite, err := ids.ResendInvite(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return web.OK(invite)
		}),
	}
}
