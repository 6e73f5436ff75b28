// Package runrecords opens runs without an engine: what is written of them.
package runrecords

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/execution"
)

// Open opens the records of runs.
func Open(b *base.Base) (*execution.Service, error) {
	return execution.New(b.Store, nil, b.Trail, &execution.Options{Log: b.Log})
}
