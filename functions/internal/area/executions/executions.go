// Package executions serves rows about runs, which are followed at the engine.
package executions

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/api/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	r, err := runs.Open(b, objects, triggers.Open(b))
	if err != nil {
		return nil, err
	}
	return execution.Endpoints(r.Service, workflow.New(b.Store, objects, b.Trail, nil)), nil
}
