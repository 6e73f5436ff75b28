// Package account holds the handlers of what a person may ask about all that is held
// on them: to have it as a file, and to have it erased.
package account

import (
	"context"
	"io"
	"net/http"

	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// ErasureIn names an erasure.
type ErasureIn struct {
	ID string `path:"id"`
}

// Endpoints binds the routes of this area.
func Endpoints(ids *identity.Service) []web.Endpoint {
	return []web.Endpoint{
		web.BindRaw("account-export", "application/zip", func(w http.ResponseWriter, r *http.Request, _ *web.None) error {
			p, _ := identity.PrincipalFrom(r.Context())
			return ids.ExportAccount(r.Context(), p, func() io.Writer {
				w.Header().Set("Content-Type", "application/zip")
				w.Header().Set("Content-Disposition", `attachment; filename="apiq-account.zip"`)
				return w
			})
		}),
		web.Bind("account-erase", http.StatusAccepted, func(ctx context.Context, _ *web.None) (*web.Reply[identity.Erasure], error) {
			p, _ := identity.PrincipalFrom(ctx)
			proof, err := ids.EraseAccount(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.Accepted(proof)
		}),
		web.Bind("erasures-get", http.StatusOK, func(ctx context.Context, in *ErasureIn) (*web.Reply[identity.Erasure], error) {
			proof, err := ids.Erasure(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return web.OK(proof)
		}),
	}
}
