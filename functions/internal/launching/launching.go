// Package launching opens what turns a stored or confirmed workflow into a run.
package launching

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/runs"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/launch"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/wiring"
)

// Launching is the launcher with the services that it stands on.
type Launching struct {
	*apis.APIs
	Runs     *runs.Runs
	Launcher *launch.Launcher
}

// Open opens the launcher; t is told what happens, triggers without ports where it
// is nil.
func Open(b *base.Base, t *trigger.Service) (*Launching, error) {
	if t == nil {
		t = triggers.Open(b)
	}
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	a, err := apis.Open(b, objects, apis.Options{Triggers: t})
	if err != nil {
		return nil, err
	}
	r, err := runs.Open(b, objects, t)
	if err != nil {
		return nil, err
	}
	return &Launching{APIs: a, Runs: r, Launcher: launch.New(a.Workflows, wiring.Resolver{Connections: a.Connections}, r.Service)}, nil
}
