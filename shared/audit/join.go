package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

// Join is Commit for a change that another package makes in a transaction of its
// own: write puts the record's operations into it. Where one of their conditions
// fails, it returns *table.ConditionError with the index among them and is called
// again with new ones; any other error of its is returned as it is.
func (t *Trail) Join(ctx context.Context, e Entry, write func(record ...table.Op) error) error {
	workspace, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	shard := t.shardOf(e)
	lock := t.lock(workspace, shard)
	lock.Lock()
	defer lock.Unlock()
	for range maxCommits {
		record, err := t.link(ctx, shard, e)
		if err != nil {
			return err
		}
		err = write(record...)
		if errors.Is(err, table.ErrCondition) {
			continue // another process moved the chain on
		}
		if err == nil {
			markCommitted(ctx)
		}
		return err
	}
	return fmt.Errorf("audit: chain of %s too busy: %w", workspace, table.ErrThrottled)
}
