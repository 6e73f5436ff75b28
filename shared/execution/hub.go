package execution

import "sync"

// hub wakes those who wait for a run's log to grow, in this process.
type hub struct {
	mu      sync.Mutex
	waiting map[string]chan struct{}
}

func newHub() *hub { return &hub{waiting: map[string]chan struct{}{}} }

// wait returns a channel that is closed at the next notify for the run.
func (h *hub) wait(run string) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.waiting[run]
	if !ok {
		c = make(chan struct{})
		h.waiting[run] = c
	}
	return c
}

func (h *hub) notify(run string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := h.waiting[run]; ok {
		close(c)
		delete(h.waiting, run)
	}
}
