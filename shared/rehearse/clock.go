package rehearse

import (
	"context"
	"time"
)

// clock is moved by hand: nobody waits for it. A run's tasks are performed one after
// the other, each from the moment at which it would begin.
type clock struct{ at time.Time }

func (c *clock) Now() time.Time { return c.at }

func (c *clock) add(d time.Duration) { c.at = c.at.Add(d) }

// Sleep implements call.Options.Sleep.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.add(d)
	return ctx.Err()
}

// half is the middle of what chance could draw.
func half(n time.Duration) time.Duration { return n / 2 }
