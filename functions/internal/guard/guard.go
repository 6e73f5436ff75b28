// Package guard makes the egress guard of a function from its environment.
package guard

import (
	"github.com/apiq/apiq/functions/internal/base"
	"github.com/apiq/apiq/shared/boot"
	"github.com/apiq/apiq/shared/egress"
)

// Open makes it; it dials nothing.
func Open(b *base.Base) (*egress.Guard, error) {
	allow, err := boot.Prefixes(b.Env.EgressAllow)
	if err != nil {
		return nil, err
	}
	return egress.New(&egress.Options{Allow: allow}), nil
}
