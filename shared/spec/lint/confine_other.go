//go:build !linux

package lint

import "runtime/debug"

// confine tells the collector to stay below the limit; a hard one is there on
// Linux only. The parent's clock bounds what remains.
func confine(maxMemory int64) error {
	debug.SetMemoryLimit(maxMemory * 3 / 4)
	debug.SetMaxStack(int(maxMemory / 8)) // a recursion without end is over sooner
	return nil
}
