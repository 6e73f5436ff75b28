// Command usage serves GET /api/usage.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/api/usage"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/stats"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

func main() {
	route.Serve("usage", func(b *base.Base, people *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		return usage.Endpoints(b.Quotas.Counting(objects), stats.Counters(apis.Records(b), workflow.New(b.Store, nil, b.Trail, nil), triggers.Open(b), people)), nil
	})
}
