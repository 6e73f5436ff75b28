package library

import (
	"runtime/metrics"
	"time"
)

// heapEvery is how often the heap is looked at. A look takes less than a microsecond.
const heapEvery = 2 * time.Millisecond

// watchHeap follows the heap's objects, live ones and those not yet swept, until
// it is stopped, and then tells how far they rose at most. Stop it once.
func watchHeap() (stop func() int64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	var rise climb
	look := func() {
		metrics.Read(sample)
		rise.add(sample[0].Value.Uint64())
	}
	look()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(heapEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				look()
			case <-end:
				look()
				return
			}
		}
	}()
	return func() int64 {
		close(end)
		<-ended
		return int64(rise.most)
	}
}

// climb follows a value that rises and falls, and keeps how far it rose at most
// from a low point to a later high one: a heap that sheds old garbage on the way
// would else hide what was added to it.
type climb struct {
	begun     bool
	low, most uint64
}

func (c *climb) add(v uint64) {
	if !c.begun || v < c.low {
		c.begun, c.low = true, v
	}
	c.most = max(c.most, v-c.low)
}
