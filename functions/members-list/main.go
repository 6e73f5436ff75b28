// Command members-list serves GET /api/members.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/member"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("members-list", func(_ *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		return member.Endpoints(people), nil
	})
}
