// Command task-spec-import imports one large document, or gives it up.
package main

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/plan/shelf"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		objects, err := blobs.Open(b)
		if err != nil {
			return nil, err
		}
		a, err := apis.Open(b, objects, apis.Options{Imported: shelf.New(objects, nil, b.Log).Imported})
		if err != nil {
			return nil, err
		}
		return a.Connections.HandleImport, nil
	})
}
