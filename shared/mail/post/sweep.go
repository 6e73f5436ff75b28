package post

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apiq/apiq/shared/mail"
	"github.com/apiq/apiq/shared/table"
	"github.com/apiq/apiq/shared/tenant"
)

const (
	sweepEvery = time.Minute
	// sweepMost bounds one sweep: what is left is due again with the next.
	sweepMost = 500
)

// Sweep sends what is due, the oldest first.
func (p *Post) Sweep(ctx context.Context, sender mail.Sender) error {
	ctx = tenant.WithSystem(ctx)
	// The bound is inclusive: "~" is above what follows the time.
	q := table.Query{Index: table.Index1, PK: duePK, To: p.o.Now().UTC().Format(sortable) + "~"}
	var faults []error
	n := 0
	for item, err := range p.store.All(ctx, q) {
		if err != nil {
			return errors.Join(append(faults, err)...)
		}
		if n++; n > sweepMost {
			break
		}
		_, messageID, _ := strings.Cut(item.Index[table.Index1].SK, "#")
		if err := p.Deliver(ctx, sender, messageID); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Run sends what is asked for, and sweeps now and each minute, until ctx ends.
func (p *Post) Run(ctx context.Context, sender mail.Sender) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	p.tell(ctx, p.Sweep(ctx, sender))
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case messageID := <-p.bell:
			p.tell(ctx, p.Deliver(ctx, sender, messageID))
		case <-ticker.C:
			p.tell(ctx, p.Sweep(ctx, sender))
		}
	}
}

func (p *Post) tell(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		p.o.Log.ErrorContext(ctx, "messages are left in the queue; they are tried again in a moment", "err", err)
	}
}
