// Package workflows serves rows that save a version of a workflow and switch nothing on or off by it.
package workflows

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/triggers"
	apiworkflow "github.com/apiq/apiq/shared/api/workflow"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/quota"
	"github.com/apiq/apiq/shared/web"
	"github.com/apiq/apiq/shared/workflow"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	return apiworkflow.Endpoints(workflow.New(b.Store, objects, b.Trail, &workflow.Options{Watcher: triggers.Open(b), Room: b.Quotas.Room(quota.Workflows), Members: identity.NewDirectory(b.Store)})), nil
}
