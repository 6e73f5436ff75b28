// Command executions-replay-all serves POST /api/executions/replay.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/launch"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("executions-replay-all", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		l, err := launching.Open(b, nil)
		if err != nil {
			return nil, err
		}
		return launch.Endpoints(l.Launcher), nil
	})
}
