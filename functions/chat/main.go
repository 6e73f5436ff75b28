// Command chat serves POST /api/chat.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/plans"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/chat"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("chat", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		p, err := plans.Open(b)
		if err != nil {
			return nil, err
		}
		return chat.Endpoints(p, nil), nil
	})
}
