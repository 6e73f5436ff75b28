package lint

import (
	"fmt"
	"runtime/debug"
	"syscall"
)

// confine bounds what this process can allocate. RLIMIT_DATA counts private
// writable pages (setrlimit(2), since Linux 4.7); RLIMIT_AS would also count the
// gigabyte of addresses that Go's runtime reserves and does not use. The collector
// is told to stay below it.
func confine(maxMemory int64) error {
	debug.SetMemoryLimit(maxMemory * 3 / 4)
	debug.SetMaxStack(int(maxMemory / 8)) // a recursion without end is over sooner
	limit := syscall.Rlimit{Cur: uint64(maxMemory), Max: uint64(maxMemory)}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		return fmt.Errorf("lint: limit memory: %w", err)
	}
	return nil
}
