// Package plans opens the planner.
package plans

import (
	"time"

	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/shared/plan"
	"github.com/apiq/apiq/shared/plan/shelf"
)

// modelTime is below the gateway's 30 s, so that the built-in planner can still
// answer when the model does not.
const modelTime = 15 * time.Second

// Open opens the planner, with the model where its key is set.
func Open(b *base.Base) (*plan.Service, error) {
	objects, err := blobs.Open(b)
	if err != nil {
		return nil, err
	}
	a, err := apis.Open(b, objects, apis.Options{})
	if err != nil {
		return nil, err
	}
	return plan.New(b.Store, b.Trail, a.Connections, &plan.Options{Model: model(b), ModelTime: modelTime, Tokens: b.Quotas, Catalogues: shelf.New(objects, a.Library, b.Log), Log: b.Log})
}
