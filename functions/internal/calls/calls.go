// Package calls opens the one client of users' APIs.
package calls

import (
	"github.com/apiq/apiq/functions/internal/apis"
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/blob"
	"github.com/apiq/apiq/shared/call"
)

// Open opens calls. sink is told of attempts, where there is one.
func Open(b *base.Base, objects *blob.Store, a *apis.APIs, sink call.Sink) *call.Service {
	return call.New(a.Connections, a.Library, a.Guard, b.Store, objects, &call.Options{Sink: sink, Log: b.Log})
}
