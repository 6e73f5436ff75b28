// Command task-key-rotation renews data keys and seals anew what lies under older ones.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/functions/internal/rotation"
	"github.com/apiq/apiq/functions/internal/triggers"
	"github.com/apiq/apiq/shared/lambda"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		r, err := rotation.Open(b, apis.Records(b), triggers.Open(b))
		if err != nil {
			return nil, err
		}
		return r.Handle, nil
	})
}
