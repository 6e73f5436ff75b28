package local

import (
	"context"
	"time"
)

// Time is the clock that a Scheduler and a Bus live by.
type Time interface {
	Now() time.Time
	// Timer gives a channel that receives once, d from now, and what gives it up.
	Timer(d time.Duration) (c <-chan time.Time, stop func())
}

// wall is the time of the machine.
type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

const (
	// longest is how long is slept at most: the machine's clock may be set, and its
	// timers stand still while it sleeps.
	longest = time.Minute
	// after is how long is waited where the table failed.
	after = 5 * time.Second
	// sortable is a form of UTC times that sorts as they do.
	sortable = "2006-01-02T15:04:05.000000000Z"
)

func sortKey(t time.Time) string { return t.UTC().Format(sortable) }

// loop calls work whenever something is due: at the time that work gave, and when
// it is woken.
func loop(ctx context.Context, clock Time, wake <-chan struct{}, work func(context.Context) (next time.Time, err error), failed func(error)) error {
	for {
		next, err := work(ctx)
		wait := longest
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failed(err)
			wait = after
		case !next.IsZero():
			wait = max(0, min(wait, next.Sub(clock.Now())))
		}
		c, stop := clock.Timer(wait)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-c:
		}
		stop()
	}
}

func signal(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// pause doubles from a first time to a longest.
func pause(tries int, first, most time.Duration) time.Duration {
	d := first
	for range tries {
		if d *= 2; d >= most {
			return most
		}
	}
	return d
}
