// Package launches serves rows that start runs of stored workflows.
package launches

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/launching"
	"github.com/apiq/apiq/shared/api/launch"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/web"
)

// Build implements route.Build.
func Build(b *base.Base, _ *identity.Service) ([]web.Endpoint, error) {
	l, err := launching.Open(b, nil)
	if err != nil {
		return nil, err
	}
	return launch.Endpoints(l.Launcher), nil
}
