// Package key holds the handlers of a workspace's data keys.
package key

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/upkeep"
	"github.com/apiq/apiq/shared/web"
)

// UseIn names a master key of the workspace's own.
type UseIn struct {
	Body struct {
		KMSKeyARN string `json:"kmsKeyArn" doc:"The ARN of a symmetric KMS key, in any account, in this region; empty for the home's own key again."`
	}
}

// Endpoints binds the routes of this area.
func Endpoints(r *upkeep.Rotation) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("keys-get", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[upkeep.KeyStatus], error) {
			s, err := r.Status(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(s)
		}),
		web.Bind("keys-use", http.StatusOK, func(ctx context.Context, in *UseIn) (*web.Reply[upkeep.KeyStatus], error) {
			s, err := r.Use(ctx, in.Body.KMSKeyARN)
			if err != nil {
				return nil, err
			}
			return web.OK(s)
		}),
		web.Bind("keys-rotate", http.StatusAccepted, func(ctx context.Context, _ *web.None) (*web.Reply[upkeep.KeyStatus], error) {
			s, err := r.Renew(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(s)
		}),
	}
}
