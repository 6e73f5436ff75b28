// Package retention holds the handlers of how long a workspace keeps data.
package retention

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/retention"
	"github.com/apiq/apiq/shared/web"
)

// UpdateIn says how long what is kept; kinds that are left out go back to their defaults.
type UpdateIn struct {
	IfMatch int64 `header:"If-Match" doc:"The version that is changed; 412 when there is a newer one."`
	Body    struct {
		Items []retention.Choice `json:"items" jsonschema:"required,maxItems=20"`
	}
}

// Endpoints binds the routes of this area.
func Endpoints(s *retention.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("retention-get", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[retention.Settings], error) {
			return reply(s.Settings(ctx))
		}),
		web.Bind("retention-update", http.StatusOK, func(ctx context.Context, in *UpdateIn) (*web.Reply[retention.Settings], error) {
			return reply(s.Save(ctx, in.Body.Items, in.IfMatch))
		}),
	}
}

func reply(set retention.Settings, err error) (*web.Reply[retention.Settings], error) {
	if err != nil {
		return nil, err
	}
	return &web.Reply[retention.Settings]{Data: set, Version: set.Version}, nil
}
