// Command stats serves GET /api/stats.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/runrecords"
	apistats "github.com/apiq/apiq/shared/api/stats"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("stats", func(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		service, err := runrecords.Open(b, nil)
		if err != nil {
			return nil, err
		}
		return apistats.Endpoints(stats.New(apis.Records(b), workflow.New(b.Store, nil, b.Trail, nil), service, people, nil)), nil
	})
}
