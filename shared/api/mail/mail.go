// Package mail holds the handlers of messages that a home keeps in place of sending.
package mail

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/web"
)

// ListIn is the input of the list.
type ListIn struct {
	Limit  int    `query:"limit" jsonschema:"minimum=1,maximum=100,default=25"`
	Cursor string `query:"cursor"`
}

// OneIn names a message.
type OneIn struct {
	ID string `path:"id"`
}

// Endpoints binds the routes of this area. An admin sees what their workspace sent;
// where only the machine's own people reach the home (alone), also letters to themself.
// Letters to other people about their accounts are nobody's but theirs: whoever reads
// one can act as them, in their other workspaces too.
func Endpoints(desk *post.Desk, alone bool) []web.Endpoint {
	owners := func(ctx context.Context) []string {
		p, _ := identity.PrincipalFrom(ctx)
		if alone {
			return []string{p.WorkspaceID, p.UserID}
		}
		return []string{p.WorkspaceID}
	}
	return []web.Endpoint{
		web.Bind("admin-mail", http.StatusOK, func(ctx context.Context, in *ListIn) (*web.Reply[[]post.Head], error) {
			items, next, err := desk.List(ctx, owners(ctx), in.Limit, in.Cursor)
			if err != nil {
				return nil, err
			}
			return web.List(items, next)
		}),
		web.Bind("admin-mail-get", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[post.Whole], error) {
			m, err := desk.Read(ctx, owners(ctx), in.ID)
			if err != nil {
				return nil, err
			}
			return web.OK(m)
		}),
	}
}
