package blob

import (
	"context"
	"io"
)

// Cancellable is r for a copy that is to end when its caller has gone: reads then
// give the context's error.
func Cancellable(ctx context.Context, r io.Reader) io.Reader { return &cancellable{ctx, r} }

type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
