// Command admin-mail serves GET /api/admin/mail.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/mail"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/mail/post"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("admin-mail", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		return mail.Endpoints(post.NewDesk(post.KindSES, nil, b.Trail), false), nil
	})
}
