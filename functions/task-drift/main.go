// Command task-drift lists connections, and looks whether their documents changed.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/functions/internal/ports"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/plan/shelf"
	"github.com/apiq/apiq/shared/trigger"
	"github.com/apiq/apiq/shared/upkeep"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{Triggers: ports.Open(b, trigger.Ports{}), Imported: shelf.New(objects, nil, b.Log).Imported})
		if err != nil {
			return nil, err
		}
		return upkeep.NewDrift(identity.NewDirectory(b.Store), a.Connections, b.Trail, b.Log).Handle, nil
	})
}
