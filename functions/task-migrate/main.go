// Command task-migrate brings stored items to the newest schema, before traffic
// shifts to the code that needs it.
package main

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/functions/internal/platform"
	"github.com/apiq/apiq/shared/lambda"
	"github.com/apiq/apiq/shared/migrate"
)

func main() {
	platform.Serve(func(b *base.Base) (lambda.Handler, error) {
		// A home on AWS never had a table without the list of workspaces.
		m, err := migrate.New(b.Store, migrate.Steps(nil), &migrate.Options{Wait: migrate.Sleep, Log: b.Log})
		if err != nil {
			return nil, err
		}
		return m.Handle, nil
	})
}
