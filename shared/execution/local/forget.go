package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/execution"
	"github.com/apiq/apiq/shared/execution/local/asl"
	"github.com/apiq/apiq/shared/table"
)

var _ execution.Forgetter = (*Engine)(nil)

// Forget implements execution.Forgetter. Definitions stay, which runs share.
func (e *Engine) Forget(ctx context.Context, name string) error {
	key, err := keyOf(ctx, name)
	if err != nil {
		return err
	}
	l := e.hold(key)
	defer e.drop(l)
	l.mu.Lock()
	defer l.mu.Unlock()
	// The head goes last, so that there is none of what has none.
	switch h, err := e.readHead(ctx, name); {
	case errors.Is(err, execution.ErrNoRun):
		return nil
	case err != nil:
		return err
	case h.Status == asl.Running:
		return fmt.Errorf("local: run %s has not ended", name)
	}
	l.run = nil
	e.tails.forget(key)
	if err := table.Clear(ctx, e.store, runPK(name), nil); err != nil {
		return fmt.Errorf("local: forget %s: %w", name, err)
	}
	return nil
}
