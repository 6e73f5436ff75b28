// Command task-key-rotation renews data keys and seals anew what lies under older ones.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/limit/bucket"
	"github.com/apiq/apiq/shared/upkeep"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		limiter, err := bucket.New(b.Store, nil)
		if err != nil {
			return nil, err
		}
		people, err := identity.New(b.Store, b.Trail, b.Sealer, limiter, nil)
		if err != nil {
			return nil, err
		}
		return upkeep.NewRotation(identity.NewDirectory(b.Store), b.Sealer, []upkeep.Sealed{apis.Records(b), triggers.Open(b)},
			[]upkeep.Sealed{people}, b.Trail, b.Store, nil).Handle, nil
	})
}
