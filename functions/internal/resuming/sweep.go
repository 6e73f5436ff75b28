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

// pageLen is how many runs are taken up between two looks at the clock.
const pageLen = 100

// sweep goes over all runs that have not ended, page by page. What it had no time
// for is where the environment's next one begins: else the last of many would never
// be reached. An environment has one invocation at a time.
type sweep struct {
	page   func(ctx context.Context, cursor string, limit int) (next string, err error)
	cursor string
}

func (s *sweep) run(ctx context.Context) error {
	var faults []error
	for {
		next, err := s.page(ctx, s.cursor, pageLen)
		faults = append(faults, err)
		if ctx.Err() != nil {
			return errors.Join(faults...) // the page is begun anew
		}
		if s.cursor = next; next == "" {
			return errors.Join(faults...)
		}
	}
}
