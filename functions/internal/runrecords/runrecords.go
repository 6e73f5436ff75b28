// Package runrecords opens runs without an engine: what is written of them.
package runrecords

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/execution"
)

// Open opens the records of runs. asker tells people of questions; nil: nobody asks any.
func Open(b *base.Base, asker execution.Asker) (*execution.Service, error) {
	return execution.New(b.Store, nil, b.Trail, &execution.Options{Asker: asker, Log: b.Log})
}
