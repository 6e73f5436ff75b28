// Package sink holds the handlers of the places that records of the trail are sent to.
package sink

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/audit/sink"
	"github.com/apiq/apiq/shared/secret"
	"github.com/apiq/apiq/shared/web"
)

// CreateIn is a new sink.
type CreateIn struct {
	Body struct {
		Type      string        `json:"type" enum:"webhook,s3" doc:"webhook; s3 is not available yet and is refused."`
		URL       secret.Secret `json:"url" doc:"Where records are posted to. It may hold a token: it is kept sealed, and its host alone is shown."`
		FromStart bool          `json:"fromStart,omitempty" doc:"Send all that the trail holds, not only what is written from now on."`
	}
}

// OneIn names a sink.
type OneIn struct {
	ID string `path:"id"`
}

// Endpoints binds the routes of this area.
func Endpoints(s *sink.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("audit-sinks-list", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[[]sink.Sink], error) {
			all, err := s.List(ctx)
			if err != nil {
				return nil, err
			}
			return web.List(all, "")
		}),
		web.Bind("audit-sinks-create", http.StatusCreated, func(ctx context.Context, in *CreateIn) (*web.Reply[sink.Made], error) {
			made, err := s.Create(ctx, sink.Input{Type: in.Body.Type, URL: in.Body.URL, FromStart: in.Body.FromStart})
			if err != nil {
				return nil, err
			}
			return web.OK(made)
		}),
		web.Bind("audit-sinks-delete", http.StatusOK, func(ctx context.Context, in *OneIn) (*web.Reply[web.None], error) {
			if err := s.Delete(ctx, in.ID); err != nil {
				return nil, err
			}
			return web.OK(web.None{})
		}),
	}
}
