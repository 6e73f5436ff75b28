// Command invites-resend serves POST /api/users/invites/{id}/resend.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/member"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("invites-resend", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return member.Endpoints(people), nil
	})
}
