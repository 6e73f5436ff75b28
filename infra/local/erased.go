package main

import (
	"context"
	"fmt"
	"time"

	"github.com/apiq/apiq/shared/backup"
	"github.com/apiq/apiq/shared/identity"
)

// noteErased keeps, beside the table and in no backup, what was erased for good.
func (h *home) noteErased(_ context.Context, g identity.Gone) error {
	return backup.NoteGone(h.config.Data, g)
}

// eraseAgain erases what came back with a backup from before its erasure. Nobody is
// answered before that is done.
func (h *home) eraseAgain(ctx context.Context) error {
	all, err := backup.Gone(h.config.Data)
	if err != nil {
		return fmt.Errorf("what was erased cannot be read: %w", err)
	}
	n, err := identity.NewDirectory(h.store).EraseAgain(ctx, all, time.Now())
	if err != nil || n == 0 {
		return err
	}
	h.log.WarnContext(ctx, "what was erased came back with a backup: it is erased again", "workspaces and accounts", n)
	return h.deletion(nil).Resume(ctx)
}
