// Command executions-compare serves POST /api/executions/{id}/compare.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/functions/internal/route"
	apirehearse "github.com/apiq/apiq/shared/api/rehearse"
	"github.com/apiq/apiq/shared/call"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/rehearse"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/wiring"
)

func main() {
	route.Serve("executions-compare", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		l, err := launching.Open(b, nil)
		if err != nil {
			return nil, err
		}
		s := rehearse.New(l.Workflows, wiring.Resolver{Connections: l.Connections}, b.Trail, nil)
		return apirehearse.Comparisons(rehearse.NewComparer(s, l.Runs.Service, call.NewLedger(b.Store, objects))), nil
	})
}
