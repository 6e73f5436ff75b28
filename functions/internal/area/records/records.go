// Package records serves rows that read what is written of runs, and follow no engine.
package records

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/runrecords"
	"github.com/apiq/apiq/shared/api/execution"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	service, err := runrecords.Open(b, nil)
	if err != nil {
		return nil, err
	}
	return execution.Endpoints(service, nil), nil
}
