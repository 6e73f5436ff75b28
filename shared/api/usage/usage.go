// Package usage holds the handler of what a workspace takes up, and may.
package usage

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(k *quota.Keeper, counters quota.Counters) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("usage", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[quota.Usage], error) {
			u, err := k.Usage(ctx, counters)
			if err != nil {
				return nil, err
			}
			return web.OK(u)
		}),
	}
}
