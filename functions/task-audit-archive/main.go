// Command task-audit-archive writes a day of a workspace's trail to the archive.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/blobs"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/shared/identity"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/upkeep"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		archive, err := blobs.Archive(b)
		if err != nil {
			return nil, err
		}
		return upkeep.NewArchive(identity.NewDirectory(b.Store), b.Trail, archive, b.Store, nil).Handle, nil
	})
}
