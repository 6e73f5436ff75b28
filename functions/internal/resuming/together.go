package resuming

import (
	"context"
	"errors"
	"sync"
)

// together does all parts at once, so that one with much to do leaves the others
// their time.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	faults := make([]error, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { faults[i] = part(ctx) })
	}
	all.Wait()
	return errors.Join(faults...)
}
