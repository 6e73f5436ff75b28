// Command apis-test serves POST /api/apis/{id}/test.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/calls"
	"github.com/apiq/apiq/functions/internal/route"
	"github.com/apiq/apiq/shared/api/call"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

func main() {
	route.Serve("apis-test", func(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{})
		if err != nil {
			return nil, err
		}
		return call.Endpoints(a.Connections, calls.Open(b, objects, a, calls.Runs{})), nil
	})
}
