package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Cold is what a first answer took.
type Cold struct {
	// Took is the time from the start of the process to its first answer.
	Took time.Duration
	// Resident is the most memory that the process had until then, in bytes.
	Resident int64
}

// Cold starts a process of a function for one invocation, measures it, and ends it.
// A fault that the function reports is an answer too.
func (f *Fleet) Cold(ctx context.Context, function string, payload []byte) (Cold, error) {
	f.mu.Lock()
	f.next++
	p := newProcess(function, fmt.Sprintf("p%d", f.next))
	f.all[p.token] = p
	f.mu.Unlock()
	defer f.discard(p)
	began := time.Now()
	if err := p.start(f); err != nil {
		return Cold{}, err
	}
	_, err := p.invoke(ctx, payload, f.o.Timeout(function))
	took := time.Since(began)
	var fault *Fault
	if err != nil && !errors.As(err, &fault) {
		return Cold{}, err
	}
	resident, err := p.resident()
	return Cold{Took: took, Resident: resident}, err
}

// peak reads the high-water mark of a process's resident memory (proc(5), VmHWM).
func peak(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("fleet: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("fleet: no VmHWM")
}
