// Package stats holds the handler of the workspace's counts.
package stats

import (
	"context"
	"net/http"

	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/web"
)

// Endpoints binds the routes of this area.
func Endpoints(counts *stats.Service) []web.Endpoint {
	return []web.Endpoint{
		web.Bind("stats", http.StatusOK, func(ctx context.Context, _ *web.None) (*web.Reply[stats.Stats], error) {
			s, err := counts.Get(ctx)
			if err != nil {
				return nil, err
			}
			return web.OK(s)
		}),
	}
}
