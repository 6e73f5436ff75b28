// Command chat-execute serves POST /api/chat/execute.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/chat"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("chat-execute", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		l, err := launching.Open(b, nil)
		if err != nil {
			return nil, err
		}
		p, err := plan.New(b.Store, b.Trail, l.Connections, nil)
		if err != nil {
			return nil, err
		}
		return chat.Endpoints(p, l.Launcher), nil
	})
}
