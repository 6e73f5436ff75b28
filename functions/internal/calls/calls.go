// Package calls opens the one client of users' APIs.
package calls

import (
	"context"

	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/call"
)

// Runs is what a run's calls have to do with runs.
type Runs struct {
	Sink   call.Sink
	Nested func(ctx context.Context, execution string) (map[string][]string, error)
}

// Open opens calls. r is empty where they are no run's.
func Open(b *base.Base, objects *blob.Store, a *apis.APIs, r Runs) *call.Service {
	return call.New(a.Connections, a.Library, a.Guard, b.Store, objects, &call.Options{Sink: r.Sink, Nested: r.Nested, Log: b.Log})
}
